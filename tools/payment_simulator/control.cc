#include "control.h"

#include <array>
#include <map>

namespace osier::simulator {

namespace {

http::Response refused(std::string message) {
  return http::json(400, json::to_text(json::Object{{"error", std::move(message)}}));
}

struct Sums {
  std::int64_t captured = 0;
  std::int64_t refunded = 0;
  std::int64_t fees = 0;
};

json::Object to_json(const std::map<std::string, Sums>& sums) {
  json::Object object;
  for (const auto& [currency, sum] : sums) {
    object[currency] = json::Object{{"captured", sum.captured},
                                    {"refunded", sum.refunded},
                                    {"net", sum.captured - sum.refunded},
                                    {"fees", sum.fees}};
  }
  return object;
}

std::int64_t count_failed(Books& books) {
  std::int64_t count = 0;
  for (const auto& id : books.refunds.ids()) {
    if (text_of(*books.refunds.find(id), "status") == "failed") ++count;
  }
  return count;
}

// {"kind": "lose", "count": 3, "probability": 0.5, "delay_ms": 1000, "match": "checkout.session",
// "seed": 7}
std::optional<Faults::Fault> read_fault(json::Reader& reader) {
  Faults::Fault fault;
  const auto word = reader.string("kind", {.required = true});
  const auto kind = word ? fault_kind_from(*word) : std::nullopt;
  if (word && !kind) reader.fail("kind", "is not a kind of fault");
  fault.count = reader.integer("count", {.min = -1}).value_or(1);
  if (const auto* chance = reader.any("probability")) {
    boost::system::error_code error;
    fault.probability = chance->to_number<double>(error);
    if (error || fault.probability < 0 || fault.probability > 1)
      reader.fail("probability", "must be from 0 to 1");
  }
  // Long enough that the usual client has given up.
  const std::int64_t usual = kind == FaultKind::timeout_after_charge ? 30'000
                             : kind == FaultKind::delay              ? 3'000
                                                                     : 1'000;
  fault.delay = std::chrono::milliseconds(
      reader.integer("delay_ms", {.min = 0, .max = 3'600'000}).value_or(usual));
  fault.match = reader.string("match").value_or("");
  fault.random.seed(static_cast<std::uint64_t>(reader.integer("seed").value_or(1)));
  reader.refuse_unknown();
  if (!reader.ok()) return std::nullopt;
  fault.kind = *kind;
  return fault;
}

}  // namespace

void Control::add_routes(http::Router& router) {
  router.get("/_simulator/health", http::Access::everyone(),
             [](http::Request) -> Task<http::Response> {
               co_return http::json(200, R"({"status":"ok"})");
             });
  router.get("/_simulator/state", http::Access::everyone(),
             [this](http::Request request) { return state(std::move(request)); });
  router.get("/_simulator/faults", http::Access::everyone(),
             [this](http::Request request) { return list_faults(std::move(request)); });
  router.post("/_simulator/faults", http::Access::everyone(),
              [this](http::Request request) { return add_faults(std::move(request)); });
  router.delete_("/_simulator/faults", http::Access::everyone(),
                 [this](http::Request request) { return clear_faults(std::move(request)); });
  router.post("/_simulator/advance", http::Access::everyone(),
              [this](http::Request request) { return advance(std::move(request)); });
  router.post("/_simulator/pay", http::Access::everyone(),
              [this](http::Request request) { return pay(std::move(request)); });
}

Task<http::Response> Control::state(http::Request) {
  sessions_.expire_due();
  std::map<std::string, Sums> sums;
  std::map<std::string, std::int64_t> sessions;
  std::map<std::string, std::int64_t> intents;
  json::Array payments;
  for (const auto& id : books_.sessions.ids())
    ++sessions[text_of(*books_.sessions.find(id), "status")];
  for (const auto& id : books_.transactions.ids()) {
    const json::Object& transaction = *books_.transactions.find(id);
    Sums& sum = sums[text_of(transaction, "currency")];
    const std::int64_t amount = number_of(transaction, "amount");
    const bool is_failure = text_of(transaction, "type") == "refund_failure";
    if (is_failure)
      sum.refunded -= amount;
    else
      (amount > 0 ? sum.captured : sum.refunded) += std::abs(amount);
    sum.fees += number_of(transaction, "fee");
  }
  for (const auto& id : books_.intents.ids()) {
    const json::Object& intent = *books_.intents.find(id);
    ++intents[text_of(intent, "status")];
    const json::Object* charge = books_.charges.find(text_of(intent, "latest_charge"));
    const auto session = books_.session_of_intent.find(id);
    payments.push_back(json::Object{
        {"id", id},
        {"status", text_of(intent, "status")},
        {"currency", text_of(intent, "currency")},
        {"amount", number_of(intent, "amount")},
        {"amount_received", number_of(intent, "amount_received")},
        {"amount_refunded", charge == nullptr ? 0 : number_of(*charge, "amount_refunded")},
        {"session", session == books_.session_of_intent.end() ? json::Value(nullptr)
                                                              : json::Value(session->second)},
        {"metadata", intent.at("metadata")}});
  }
  json::Object by_session(sessions.begin(), sessions.end());
  json::Object by_intent(intents.begin(), intents.end());
  json::Object answer{{"now", books_.seconds()},
                      {"sessions", std::move(by_session)},
                      {"payment_intents", std::move(by_intent)},
                      {"refunds", static_cast<std::int64_t>(books_.refunds.size())},
                      {"refunds_failed", count_failed(books_)},
                      {"sums", to_json(sums)},
                      {"payments", std::move(payments)},
                      {"webhooks", webhooks_.statistics()},
                      {"faults", faults_.to_json()}};
  co_return http::json(200, json::to_text(answer));
}

Task<http::Response> Control::add_faults(http::Request request) {
  const auto body = json::parse(request.body);
  if (!body) co_return refused(body.error().message);
  json::Reader reader(*body);
  auto fault = read_fault(reader);
  if (!fault) co_return refused(reader.message());
  faults_.add(std::move(*fault));
  co_return http::json(200, json::to_text(faults_.to_json()));
}

Task<http::Response> Control::list_faults(http::Request) {
  co_return http::json(200, json::to_text(faults_.to_json()));
}

Task<http::Response> Control::clear_faults(http::Request) {
  faults_.clear();
  co_return http::json(200, "[]");
}

// {"seconds": 1800}: jumps forward; what falls due meanwhile happens at once.
Task<http::Response> Control::advance(http::Request request) {
  const auto body = json::parse(request.body);
  if (!body) co_return refused(body.error().message);
  json::Reader reader(*body);
  const auto seconds =
      reader.integer("seconds", {.required = true, .min = 0, .max = 366LL * 86'400});
  if (!reader.ok()) co_return refused(reader.message());
  books_.advance(std::chrono::seconds(*seconds));
  sessions_.expire_due();
  intents_.fail_due_refunds();
  webhooks_.wake();
  co_return http::json(200, json::to_text(json::Object{{"now", books_.seconds()}}));
}

// {"session": "cs_…", "card": "4242424242424242"}: what a shopper's browser would do on the hosted
// page, for load tests.
Task<http::Response> Control::pay(http::Request request) {
  const auto body = json::parse(request.body);
  if (!body) co_return refused(body.error().message);
  json::Reader reader(*body);
  const auto session = reader.string("session", {.required = true});
  const auto number = reader.string("card").value_or("4242424242424242");
  const auto email = reader.string("email").value_or("shopper@example.com");
  if (!reader.ok()) co_return refused(reader.message());
  Sessions::Attempt attempt{
      .email = email,
      .name = "Test Shopper",
      .card = {.number = number, .expiry_month = 12, .expiry_year = 2034, .cvc = "123"}};
  const auto paid = sessions_.pay({}, *session, attempt);
  if (!paid)
    co_return http::json(paid.error().status, json::to_text(simulator::to_json(paid.error(), "")));
  const char* status = *paid == Sessions::Paid::done ? "paid" : "requires_action";
  co_return http::json(200, json::to_text(json::Object{{"status", status}}));
}

}  // namespace osier::simulator
