#include "platform/postgres/blocking_connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "platform/postgres/error_field.h"

namespace osier::pg {

namespace {

void ignore_notice(void*, const PGresult*) {}

std::string last_error(const PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The server counts characters; in text beyond ASCII the line found may be a later one.
int line_of(std::string_view sql, const std::string& position) {
  const auto at = static_cast<std::size_t>(std::strtoul(position.c_str(), nullptr, 10));
  if (at == 0) return 0;
  const auto before = sql.substr(0, at);
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace

BlockingConnection::BlockingConnection(const std::string& connection)
    : connection_(nullptr, &PQfinish) {
  const char* const keys[] = {"fallback_application_name", "connect_timeout", "dbname",
                              "client_encoding", nullptr};
  const char* const values[] = {"osier", "5", connection.c_str(), "UTF8", nullptr};
  connection_.reset(PQconnectdbParams(keys, values, 1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    throw Failure(last_error(connection_.get()), "", 0);
  }
  PQsetNoticeReceiver(connection_.get(), &ignore_notice, nullptr);
}

std::vector<BlockingConnection::Row> BlockingConnection::run(const std::string& sql) {
  return rows_of(PQexec(connection_.get(), sql.c_str()), sql.c_str());
}

std::vector<BlockingConnection::Row> BlockingConnection::run(
    const char* sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter.c_str());
  return rows_of(PQexecParams(connection_.get(), sql, static_cast<int>(values.size()), nullptr,
                              values.data(), nullptr, nullptr, 0),
                 sql);
}

std::vector<BlockingConnection::Row> BlockingConnection::rows_of(void* raw, const char* sql) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(static_cast<PGresult*>(raw),
                                                              &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    const std::string message = field_of(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    throw Failure(message.empty() ? last_error(connection_.get()) : message,
                  field_of(result.get(), PG_DIAG_SQLSTATE),
                  line_of(sql, field_of(result.get(), PG_DIAG_STATEMENT_POSITION)));
  }
  std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result.get())));
  const int columns = PQnfields(result.get());
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    for (int column = 0; column < columns; ++column) {
      rows[static_cast<std::size_t>(i)].emplace_back(PQgetvalue(result.get(), i, column));
    }
  }
  return rows;
}

bool BlockingConnection::is_in_transaction() const {
  return PQtransactionStatus(connection_.get()) == PQTRANS_INTRANS;
}

}  // namespace osier::pg
