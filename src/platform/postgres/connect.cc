// Opening and closing a connection.

#include <libpq-fe.h>

#include <algorithm>

#include "platform/postgres/connection.h"
#include "platform/postgres/error.h"

namespace osier::pg {

namespace {

// One plan per statement and connection: ours are written for one, and lists (= ANY) were planned
// anew each time, which took a third of PostgreSQL's time for a checkout.
// set_config() rather than SET, to send all in one statement, and rather than startup options,
// which poolers refuse.
constexpr Statement settings_sql{"osier.settings", R"sql(
  SELECT set_config('statement_timeout', $1, false),
         set_config('lock_timeout', $2, false),
         set_config('idle_in_transaction_session_timeout', '5000', false),
         set_config('TimeZone', 'UTC', false),
         set_config('DateStyle', 'ISO, YMD', false),
         set_config('bytea_output', 'hex', false),
         set_config('plan_cache_mode', 'force_generic_plan', false),
         set_config('jit', 'off', false)
)sql"};

std::string milliseconds_of(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

// How many hosts the connection string names; each is given the full connect timeout.
int count_hosts(const std::string& connection) {
  PQconninfoOption* options = PQconninfoParse(connection.c_str(), nullptr);
  int hosts = 1;
  for (auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if ((keyword != "host" && keyword != "hostaddr") || option->val == nullptr) continue;
    const std::string_view value = option->val;
    hosts = std::max(hosts, 1 + static_cast<int>(std::count(value.begin(), value.end(), ',')));
  }
  PQconninfoFree(options);
  return hosts;
}

}  // namespace

Connection::Connection(Loop& loop, Settings settings)
    : settings_(std::move(settings)), socket_(loop.io()), timer_(loop.io()) {}

Connection::~Connection() { close(); }

Task<void> Connection::open() {
  const auto self = shared_from_this();
  co_await connect();
  co_await apply_settings();
}

Task<void> Connection::connect() {
  const auto self = shared_from_this();
  const std::string timeout = milliseconds_of(settings_.connect_timeout);
  // The first three may be overruled by the connection string, which comes after them.
  // tcp_user_timeout also limits the connecting itself, so that a host that is silent leaves time
  // for the next.
  const char* const keys[] = {"fallback_application_name", "keepalives_idle",
                              "tcp_user_timeout",          "dbname",
                              "client_encoding",           nullptr};
  const char* const values[] = {"osier", "5",    timeout.c_str(), settings_.connection.c_str(),
                                "UTF8",  nullptr};
  connection_ = PQconnectStartParams(keys, values, 1);
  if (connection_ == nullptr) throw std::bad_alloc();
  PQsetNoticeReceiver(connection_, &Connection::take_notice, this);

  set_deadline(settings_.connect_timeout * count_hosts(settings_.connection));
  auto next =
      PQstatus(connection_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
    // libpq may close its socket and open another, even one of the same number: Asio must not
    // remember it.
    socket_.assign(PQsocket(connection_));
    Ready ready{*this, next == PGRES_POLLING_READING, next == PGRES_POLLING_WRITING};
    co_await ready;
    if (timed_out_ || is_closed()) break;
    socket_.release();
    next = PQconnectPoll(connection_);
  }
  timer_.cancel();
  if (next != PGRES_POLLING_OK) {
    const std::string why = timed_out_ ? "no answer in time" : last_error();
    close();
    throw Unavailable("cannot connect to the database: " + why);
  }
  socket_.assign(PQsocket(connection_));
  PQsetnonblocking(connection_, 1);
  PQenterPipelineMode(connection_);
}

Task<void> Connection::apply_settings() {
  const auto self = shared_from_this();
  const Call settings = call(settings_sql, milliseconds_of(settings_.statement_timeout),
                             milliseconds_of(settings_.lock_timeout));
  add(settings);
  try {
    co_await exchange(Ending::open);
  } catch (const StatementFailed& failure) {
    close();
    throw Unavailable(std::string("cannot set up the connection: ") + failure.what());
  }
}

void Connection::close() {
  if (is_closed()) return;
  if (socket_.is_open()) socket_.release();
  timer_.cancel();
  PQfinish(connection_);
  connection_ = nullptr;
}

void Connection::abort() {
  close();
  if (waiter_) std::exchange(waiter_, nullptr).resume();
}

std::string Connection::last_error() const {
  return is_closed() ? "closed" : without_newline(PQerrorMessage(connection_));
}

}  // namespace osier::pg
