#include "identity/customer_entrance.h"

#include "identity/customer.h"
#include "privacy/subjects.h"

namespace osier::identity {

namespace {

privacy::Place place_of(SessionId session) {
  return {.table = "identity.session_devices", .column = "device", .row = session.value()};
}

}  // namespace

Task<OpenedSession> CustomerEntrance::let_in(pg::Transaction& transaction, CustomerId customer,
                                             SessionStage stage, std::vector<std::string> methods,
                                             std::optional<SessionId> former,
                                             http::Request request) {
  if (former) co_await sessions_.end(transaction, *former, SessionEnd::replaced);
  auto opened =
      co_await sessions_.open(transaction, AccountRef::of(customer), stage, std::move(methods));
  co_await note_device(transaction, customer, opened.session.id, request);
  if (listener_ != nullptr && stage == SessionStage::open) {
    co_await listener_->signed_in(transaction, customer, std::move(request));
  }
  co_return opened;
}

Task<std::optional<OpenedSession>> CustomerEntrance::prove_again(pg::Transaction& transaction,
                                                                 Session session,
                                                                 std::string method,
                                                                 http::Request request) {
  auto opened = co_await sessions_.prove_again(transaction, session.id, std::move(method));
  const bool is_let_in = opened && session.stage == SessionStage::pending_second_factor;
  if (listener_ != nullptr && is_let_in) {
    const CustomerId customer{session.account.id};
    co_await listener_->signed_in(transaction, customer, std::move(request));
  }
  co_return opened;
}

static constexpr pg::Statement note_device_sql{"identity.note_session_device", R"sql(
  INSERT INTO identity.session_devices (session_id, device) VALUES ($1, $2)
)sql"};

Task<void> CustomerEntrance::note_device(pg::Transaction& transaction, CustomerId customer,
                                         SessionId session, http::Request request) {
  const std::string device =
      device_of(request.headers.get("User-Agent").value_or(std::string_view()));
  if (device.empty()) co_return;
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{customer.value()});
  if (!keys.has(privacy::Purpose::profile)) co_return;
  const auto sealed = vault_.seal(keys, privacy::Purpose::profile, place_of(session), device);
  co_await transaction.run(note_device_sql, session, sealed);
}

static constexpr pg::Statement devices_sql{"identity.devices_of_sessions", R"sql(
  SELECT session_id, device FROM identity.session_devices
    JOIN identity.sessions ON sessions.id = session_id
   WHERE realm = 'customer' AND account_id = $1 AND ended_at IS NULL
   LIMIT 500
)sql"};

Task<std::map<SessionId, std::string>> CustomerEntrance::devices_of(pg::Database& database,
                                                                    CustomerId customer) const {
  std::map<SessionId, std::string> devices;
  const auto rows = co_await database.run(devices_sql, customer);
  if (rows.empty()) co_return devices;
  const auto keys = co_await vault_.keys_of(database, privacy::SubjectId{customer.value()});
  for (const pg::Row row : rows) {
    const auto session = row.get<SessionId>("session_id");
    auto device = vault_.open(keys, privacy::Purpose::profile, place_of(session),
                              row.get<pg::Bytes>("device"));
    if (device) devices.emplace(session, *std::move(device));
  }
  co_return devices;
}

}  // namespace osier::identity
