// The desk at which second factors are set up and shown, of one realm, in a shop of its own. For
// tests.

#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "identity/second_factor.h"
#include "identity/test/authenticator.h"
#include "identity/test/factor_accounts.h"
#include "identity/test/factor_shop.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity::test {

// Second factors of one realm, and somebody who uses them.
struct FactorDesk {
  explicit FactorDesk(FactorShop& where, Realm realm = Realm::customer)
      : shop(where),
        sessions(shop.database, shop.clock, shop.random),
        throttle(shop.database, shop.clock),
        accounts(realm, sessions),
        factors({.database = shop.database,
                 .vault = *shop.vault,
                 .sessions = sessions,
                 .throttle = throttle,
                 .clock = shop.clock,
                 .random = shop.random,
                 .log = log},
                accounts,
                {.shop_name = "Shop", .relying_party = RelyingParty::of("https://shop.example")}) {}

  Task<void> open_shop() { co_await throttle.load(shop.random); }

  Task<Session> session(AccountRef account, SessionStage stage = SessionStage::open) {
    auto transaction = co_await shop.database.begin();
    std::vector<std::string> methods{"pwd"};
    auto opened = co_await sessions.open(transaction, account, stage, std::move(methods));
    co_await transaction.commit();
    co_return opened.session;
  }
  Task<Session> pending(AccountRef account) {
    co_return co_await session(account, SessionStage::pending_second_factor);
  }

  std::string code_now(const Secret& seed, Duration later = 0s) {
    return totp_code(seed, totp_step_at(shop.clock.now() + later));
  }
  // Sets the app up; its seed.
  Task<Secret> add_app(Session who) {
    const bool is_offered = co_await factors.offer_app(who);
    require(is_offered, "an app can be offered");
    const auto offered = co_await factors.offered_app(who.account);
    require(offered.has_value(), "what was offered is there");
    std::string code = code_now(offered->seed);
    const auto added = co_await factors.add_app(who, std::move(code), {});
    require(added.has_value(), "the first code is right");
    codes = added->recovery_codes;
    shop.clock.advance(30s);  // That step is used.
    co_return offered->seed;
  }
  static std::string challenge_in(const std::string& options) {
    const auto value = json::parse(options);
    return crypto::from_base64url(std::string(value->as_object().at("challenge").as_string()))
        .value();
  }
  Task<Result<SecondFactors::Added, FactorRefusal>> add_passkey(
      Session who, const Authenticator& authenticator) {
    const auto options = co_await factors.ask_for_new_passkey(who);
    if (!options) co_return refuse(options.error());
    std::string answer = Authenticator::json_of(authenticator.registers(challenge_in(*options)));
    co_return co_await factors.add_passkey(who, std::move(answer), "Key", {});
  }
  Task<Result<OpenedSession, FactorRefusal>> sign_in(const Authenticator& authenticator) {
    const auto options = co_await factors.ask_who_signs_in();
    if (!options) co_return refuse(options.error());
    std::string answer = Authenticator::json_of(authenticator.asserts(challenge_in(*options)));
    co_return co_await factors.sign_in_by_passkey(std::move(answer), {}, {});
  }
  Task<Result<OpenedSession, FactorRefusal>> prove(Session who,
                                                   const Authenticator& authenticator) {
    const auto options = co_await factors.ask_for_passkey(who);
    if (!options) co_return refuse(options.error());
    std::string answer = Authenticator::json_of(authenticator.asserts(challenge_in(*options)));
    co_return co_await factors.prove_by_passkey(who, std::move(answer), {});
  }

  FactorShop& shop;
  Sessions sessions;
  Throttle throttle;
  PlainAccounts accounts;
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, shop.clock};
  SecondFactors factors;
  std::vector<Secret> codes;
};

inline FactorRefusal::Reason reason_of(const Result<OpenedSession, FactorRefusal>& outcome) {
  return outcome ? throw std::logic_error("it was accepted") : outcome.error().reason;
}

inline Authenticator telephone_of(AccountRef account) {
  Authenticator authenticator;
  authenticator.user_handle = user_handle_of(account);
  return authenticator;
}

inline constexpr pg::Statement count_news_sql{"identity.test_count_news", R"sql(
  SELECT count(*) FROM platform.outbox_events WHERE payload::text LIKE '%"' || $1 || '"%'
)sql"};

inline Task<int> news_of(FactorShop& shop, std::string news) {
  const auto row = co_await shop.database.run_one(count_news_sql, news);
  co_return row->get<int>(0);
}

}  // namespace osier::identity::test
