#include "payments/stripe.h"

#include "payments/stripe_forms.h"

namespace osier::payments {

namespace {

// How many idempotency keys a thing of ours may use up, in all and in one call: Stripe keeps a 5xx
// under a key for a day. An outage must not use up all of them at the first try.
constexpr int keys_max = 20;
constexpr int new_keys_max = 2;

// The first key is the id itself.
std::string numbered_key(const std::string& id, int number) {
  return number == 1 ? id : id + "-" + std::to_string(number);
}

StripeMode mode_of_key(const Secret& key) {
  const std::string& text = key.reveal();
  const bool is_live = text.starts_with("sk_live_") || text.starts_with("rk_live_");
  return is_live ? StripeMode::live : StripeMode::test;
}

// A debit in "processing" takes days and can no longer be called back.
bool is_money_in_or_coming(const StripeIntent& intent) {
  return intent.status == "succeeded" || intent.status == "requires_capture" ||
         intent.status == "processing";
}

}  // namespace

Stripe::Stripe(Loop& loop, Settings settings, telemetry::Log& log)
    : mode_(mode_of_key(settings.secret_key)), log_(log), api_(loop, std::move(settings), log) {}

Task<StripeAnswer> Stripe::get(std::string path) {
  StripeCall call{.path = std::move(path)};
  co_return co_await api_.call(std::move(call));
}

Task<StripeAnswer> Stripe::post(std::string path, std::string form, std::string key) {
  StripeCall call{.method = "POST",
                  .path = std::move(path),
                  .form = std::move(form),
                  .idempotency_key = std::move(key)};
  co_return co_await api_.call(std::move(call));
}

void Stripe::log_refusal(const std::string& path, const StripeAnswer& answer) const {
  const auto error = read_error(answer.body);
  const std::initializer_list<telemetry::Field> fields = {{"path", path},
                                                          {"status", answer.status},
                                                          {"type", error.type},
                                                          {"code", error.code},
                                                          {"param", error.param}};
  // The same key with other parameters is a bug of ours: somebody has to look.
  error.type == "idempotency_error" ? log_.error("stripe saw a key with other parameters", fields)
                                    : log_.warning("stripe refused a call", fields);
}

// A mismatch means that somebody works on our payments behind our back, or that the key is of
// another account.
void Stripe::check(const Payment& payment, StripeMode mode, const std::string& payment_id) const {
  if (mode == mode_ && payment_id == payment.id.value().to_string()) return;
  log_.error("stripe shows something else than our payment",
             {{"payment_id", payment.id.value().to_string()}, {"mode_matches", mode == mode_}});
  throw std::runtime_error("what Stripe has is not payment " + payment.id.value().to_string());
}

static void add_refunds(PaymentReport& report, const std::vector<StripeRefund>& refunds) {
  report.refunded = Money::zero(report.captured.currency());
  for (const StripeRefund& refund : refunds) {
    if (refund.has_failed()) {
      report.failed_refunds.push_back(refund.id);
      continue;
    }
    report.refunds.emplace_back(refund.id, refund.amount);
    // Another currency is a mismatch that booking tells.
    if (refund.amount.currency() == report.refunded.currency()) report.refunded += refund.amount;
    const auto own = Uuid::parse(refund.refund_id);
    if (own) report.own_refunds.emplace_back(refund.id, RefundId{*own});
  }
}

// --- Opening

// A kept 5xx leaves open whether Stripe made the thing. It is of no use to anybody (its page or
// secret was never shown), so another one is made under the next key. The keys come in the same
// order for everyone, and all who get through a key get the same thing.
Task<Result<std::string, OpenRefusal>> Stripe::create(std::string path, std::string form,
                                                      std::string key) {
  int new_keys = 0;
  for (int number = 1; number <= keys_max && new_keys < new_keys_max; ++number) {
    const auto answer = co_await post(path, form, numbered_key(key, number));
    if (answer.is_success()) co_return answer.body;
    if (answer.status < 500) {
      log_refusal(path, answer);
      co_return refuse(OpenRefusal::provider_refused);
    }
    const bool was_used_up_before = answer.is_replayed && answer.tries == 1;
    if (!was_used_up_before) ++new_keys;
  }
  throw ProviderUnavailable("Stripe keeps failing for this payment");
}

Task<Result<PaymentProvider::Opened, OpenRefusal>> Stripe::open(PaymentMethod method,
                                                                Purchase purchase) {
  require(method != PaymentMethod::transfer, "a transfer is not paid by Stripe");
  if (method == PaymentMethod::hosted_page) co_return co_await open_session(std::move(purchase));
  co_return co_await open_intent(std::move(purchase));
}

Task<Result<PaymentProvider::Opened, OpenRefusal>> Stripe::open_session(Purchase purchase) {
  auto form = session_form(purchase, shop_id_);
  if (!form) co_return refuse(OpenRefusal::provider_refused);
  const auto body = co_await create("/v1/checkout/sessions", *std::move(form),
                                    purchase.payment_id.value().to_string());
  if (!body) co_return refuse(body.error());
  const auto session = read_session(*body);
  if (session.url.empty()) throw ProviderUnavailable("Stripe's session has no page");
  co_return Opened{.session_id = session.id,
                   .payment_id = session.intent_id,
                   .url = session.url,
                   .client_secret = {}};
}

Task<Result<PaymentProvider::Opened, OpenRefusal>> Stripe::open_intent(Purchase purchase) {
  auto form = intent_form(purchase, shop_id_);
  if (!form) co_return refuse(OpenRefusal::provider_refused);
  const auto body = co_await create("/v1/payment_intents", *std::move(form),
                                    purchase.payment_id.value().to_string());
  if (!body) co_return refuse(body.error());
  const auto intent = read_intent(*body);
  if (intent.client_secret.empty())
    throw ProviderUnavailable("Stripe's intent has no client secret");
  co_return Opened{
      .session_id = {}, .payment_id = intent.id, .url = {}, .client_secret = intent.client_secret};
}

// --- Asking

Task<StripeSession> Stripe::find_session(std::string id) {
  const std::string path = "/v1/checkout/sessions/" + id;
  const auto answer = co_await get(path + "?expand%5B0%5D=payment_intent.latest_charge");
  if (!answer.is_success()) {
    log_refusal(path, answer);
    throw ProviderUnavailable("Stripe does not show the session of a payment");
  }
  co_return read_session(answer.body);
}

Task<StripeIntent> Stripe::find_intent(std::string id) {
  const std::string path = "/v1/payment_intents/" + id;
  const auto answer = co_await get(path + "?expand%5B0%5D=latest_charge");
  if (!answer.is_success()) {
    log_refusal(path, answer);
    throw ProviderUnavailable("Stripe does not show the intent of a payment");
  }
  co_return read_intent(answer.body);
}

Task<PaymentReport> Stripe::ask(Payment payment) {
  const Currency currency = payment.amount.currency();
  PaymentReport report{.payment_id = payment.id,
                       .status = payment.status,
                       .authorized = payment.authorized,
                       .captured = payment.captured,
                       .refunded = payment.refunded,
                       .provider_payment_id = {},
                       .capture_reference = {},
                       .refunds = {},
                       .failure_reason = {}};
  if (payment.provider_session_id) {
    const auto session = co_await find_session(*payment.provider_session_id);
    check(payment, session.mode, session.payment_id);
    report = report_of(payment.id, currency, session);
  } else if (payment.provider_payment_id) {
    const auto intent = co_await find_intent(*payment.provider_payment_id);
    check(payment, intent.mode, intent.payment_id);
    report = report_of(payment.id, intent);
  }
  // A refund that failed is not in the sum any more: it is looked for wherever we decided one.
  const bool may_have_refunds = report.refunded.amount_minor() > 0 || payment.has_refunds ||
                                payment.refunded.amount_minor() > 0;
  if (may_have_refunds && !report.provider_payment_id.empty()) {
    const auto refunds = co_await refunds_of(report.provider_payment_id);
    add_refunds(report, refunds);
  }
  co_return report;
}

// --- Closing

// A payment without an id of Stripe's was never opened as far as anybody knows. If the call that
// made it was carried out and its answer lost, there is a session that no shopper has ever seen the
// address of, so no money can arrive on it; Stripe ends it by itself. (Its address can only come to
// light by a repeat of that call, and whoever repeats it finds our payment closed and closes the
// session by its id.)
Task<CloseOutcome> Stripe::close(Payment payment) {
  if (payment.provider_session_id) co_return co_await close_session(std::move(payment));
  if (payment.provider_payment_id) co_return co_await close_intent(*payment.provider_payment_id);
  co_return CloseOutcome::closed;
}

// Another account's key, or test data that was deleted. The hold would never end; somebody has to
// look, but not before the stock goes back.
bool Stripe::is_unknown(const std::string& path, const StripeAnswer& answer) const {
  if (answer.status != 404 || read_error(answer.body).code != "resource_missing") return false;
  log_.error("stripe does not know what is to be closed", {{"path", path}});
  return true;
}

// No key: a kept answer would tell what was true then. A repeat of what was already done is
// refused, and then we look.
Task<CloseOutcome> Stripe::close_session(Payment payment) {
  const std::string id = *payment.provider_session_id;
  const std::string path = "/v1/checkout/sessions/" + id + "/expire";
  const auto answer = co_await post(path, {}, {});
  if (is_unknown(path, answer)) co_return CloseOutcome::closed;
  if (answer.is_success()) {
    const auto session = read_session(answer.body);
    if (session.status == "expired") co_return CloseOutcome::closed;
  }
  const auto session = co_await find_session(id);
  if (session.intent && is_money_in_or_coming(*session.intent))
    co_return CloseOutcome::already_paid;
  if (session.status == "expired") co_return CloseOutcome::closed;
  if (session.status == "complete" && session.intent)
    co_return co_await close_intent(session.intent->id);
  throw ProviderUnavailable("Stripe has not closed a session yet");
}

// Our intents capture by themselves, so that canceling one cannot give up money that was only
// authorized.
Task<CloseOutcome> Stripe::close_intent(std::string intent_id) {
  const std::string path = "/v1/payment_intents/" + intent_id + "/cancel";
  const auto answer = co_await post(path, {}, {});
  if (is_unknown(path, answer)) co_return CloseOutcome::closed;
  if (answer.is_success()) {
    const auto canceled = read_intent(answer.body);
    if (canceled.status == "canceled") co_return CloseOutcome::closed;
  }
  const auto intent = co_await find_intent(intent_id);
  if (is_money_in_or_coming(intent)) co_return CloseOutcome::already_paid;
  if (intent.status == "canceled") co_return CloseOutcome::closed;
  throw ProviderUnavailable("Stripe has not canceled an intent yet");
}

// --- Refunding

Task<std::vector<StripeRefund>> Stripe::refunds_of(std::string intent_id) {
  std::vector<StripeRefund> all;
  std::string after;
  for (;;) {
    const auto answer = co_await get("/v1/refunds?limit=100&payment_intent=" + intent_id +
                                     (after.empty() ? "" : "&starting_after=" + after));
    if (!answer.is_success()) {
      log_refusal("/v1/refunds", answer);
      throw ProviderUnavailable("Stripe does not show the refunds of a payment");
    }
    auto page = read_refunds(answer.body);
    for (StripeRefund& refund : page.refunds) all.push_back(std::move(refund));
    constexpr std::size_t refunds_max = 1'000;
    if (!page.has_more || page.refunds.empty() || all.size() >= refunds_max) co_return all;
    after = all.back().id;
  }
}

Task<std::optional<std::string>> Stripe::find_refund(std::string intent_id, RefundId refund_id) {
  const auto refunds = co_await refunds_of(std::move(intent_id));
  for (const StripeRefund& refund : refunds) {
    if (refund.refund_id == refund_id.value().to_string() && !refund.has_failed())
      co_return refund.id;
  }
  co_return std::nullopt;
}

// A kept answer tells what was true then.
Task<StripeRefund> Stripe::refund_now(StripeRefund refund) {
  const std::string path = "/v1/refunds/" + refund.id;
  const auto answer = co_await get(path);
  if (!answer.is_success()) {
    log_refusal(path, answer);
    throw ProviderUnavailable("Stripe does not show a refund");
  }
  co_return read_refund(answer.body);
}

// Looked up first, since the key may be forgotten by now; and again after an error that Stripe
// keeps for the key, which does not say whether the money went back. A refund that failed has used
// up its key: the next try of ours goes on with the next one.
Task<std::string> Stripe::refund(Payment payment, RefundId refund_id, Money amount) {
  require(payment.provider_payment_id.has_value(), "only a payment that was made is refunded");
  const std::string intent_id = *payment.provider_payment_id;
  const auto form = refund_form(intent_id, refund_id, amount);
  if (!form) throw RefundRefused("Stripe cannot refund this amount");
  for (int number = 1; number <= keys_max; ++number) {
    const auto known = co_await find_refund(intent_id, refund_id);
    if (known) co_return *known;
    const auto answer =
        co_await post("/v1/refunds", *form, numbered_key(refund_id.value().to_string(), number));
    if (answer.is_success()) {
      auto refund = read_refund(answer.body);
      if (answer.is_replayed) refund = co_await refund_now(std::move(refund));
      if (!refund.has_failed()) co_return refund.id;
      if (answer.is_replayed) continue;
      throw RefundRefused("the refund failed at Stripe");
    }
    if (answer.status < 500) {
      log_refusal("/v1/refunds", answer);
      throw RefundRefused("Stripe refused the refund: " + read_error(answer.body).code);
    }
  }
  throw ProviderUnavailable("Stripe keeps failing for this refund");
}

}  // namespace osier::payments
