// Customers' accounts in a shop of their own, without pages. For tests.

#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "identity/customer_realm.h"
#include "identity/customers.h"
#include "identity/test/factor_shop.h"

namespace osier::identity::test {

inline const std::string password = "seven lamps above the harbour";
inline const std::string other_password = "a kettle sings in the morning";

// Notes who was let in.
class SignInNotes final : public SignInListener {
 public:
  std::vector<CustomerId> let_in;

  Task<void> signed_in(pg::Transaction&, CustomerId customer, http::Request) override {
    let_in.push_back(customer);
    co_return;
  }
};

struct CustomerShop {
  explicit CustomerShop(FactorShop& where)
      : shop(where),
        sessions(shop.database, shop.clock, shop.random),
        throttle(shop.database, shop.clock),
        hashing({.passes = 1, .memory_bytes = 8 * 1024, .threads = 1}),
        parts{.database = shop.database,
              .vault = *shop.vault,
              .sessions = sessions,
              .throttle = throttle,
              .hashing = hashing,
              .clock = shop.clock,
              .random = shop.random},
        door(parts, http::TrustedProxies({})),
        entrance(sessions, *shop.vault, &notes),
        factor_accounts(parts, door, entrance),
        factors({.database = shop.database,
                 .vault = *shop.vault,
                 .sessions = sessions,
                 .throttle = throttle,
                 .clock = shop.clock,
                 .random = shop.random,
                 .log = log},
                factor_accounts,
                {.shop_name = "Shop", .relying_party = RelyingParty::of("https://shop.example")}),
        accounts(parts, door, factors, entrance, {.shop_name = [] { return "Alder & Loom"; }}),
        book(parts, factors, entrance),
        tokens(*shop.vault) {}

  Task<void> open_shop() { co_await throttle.load(shop.random); }

  static http::Request request_from(const std::string& address = "203.0.113.7") {
    http::Request request;
    request.client_address = address;
    request.headers.set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
    return request;
  }

  Task<CustomerId> add(std::string email, std::string chosen = password) {
    Registration registration{.email = std::move(email),
                              .password = std::move(chosen),
                              .given_name = "Ada",
                              .family_name = "",
                              .market_code = "eu",
                              .locale = "en"};
    const auto added = co_await accounts.register_customer(std::move(registration), "203.0.113.7");
    if (!added) throw std::logic_error("the registration was refused");
    co_return *added;
  }

  // The token of the newest link of that purpose.
  Task<std::string> link(CustomerId customer, EmailPurpose purpose);

  Task<Result<std::optional<OpenedSession>, AccountRefusal>> verify(std::string token,
                                                                    std::string typed = password) {
    CustomerAccounts::Verification what{.token = std::move(token), .password = std::move(typed)};
    what.request = request_from();
    co_return co_await accounts.verify(std::move(what));
  }
  Task<CustomerId> add_verified(std::string email) {
    const auto customer = co_await add(std::move(email));
    const auto verified = co_await verify(co_await link(customer, EmailPurpose::verify));
    if (!verified) throw std::logic_error("the address was not verified");
    co_return customer;
  }
  Task<Result<OpenedSession, AccountRefusal>> sign_in(std::string email,
                                                      std::string typed = password,
                                                      std::string address = "203.0.113.7") {
    CustomerAccounts::SignIn what{.email = std::move(email), .password = std::move(typed)};
    what.request = request_from(address);
    co_return co_await accounts.sign_in(std::move(what));
  }
  // As the job does that mails it.
  Task<std::string> reset_link(CustomerId customer, std::string email) {
    CustomerStore store(*shop.vault);
    const auto credentials = co_await store.credentials_of(shop.database, customer);
    const EmailTokenRow row{.id = EmailTokenId{Uuid::v7(shop.clock.now())},
                            .customer = customer,
                            .purpose = EmailPurpose::reset,
                            .email_index = store.index_of(email),
                            .new_email = {},
                            .credentials_version = credentials->version};
    pg::Batch batch;
    tokens.add(batch, row, privacy::Keys(), shop.clock.now());
    auto transaction = co_await shop.database.begin();
    co_await transaction.run_all_and_commit(std::move(batch));
    co_return tokens.token_of(row.id);
  }

  FactorShop& shop;
  Sessions sessions;
  Throttle throttle;
  PasswordHashing hashing;
  AccountParts parts;
  PasswordDoor door;
  SignInNotes notes;
  CustomerEntrance entrance;
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, shop.clock};
  CustomerFactorAccounts factor_accounts;
  SecondFactors factors;
  CustomerAccounts accounts;
  CustomerAccountBook book;
  EmailTokens tokens;
};

inline constexpr pg::Statement newest_link_sql{"identity.test_newest_link", R"sql(
  SELECT id FROM identity.email_tokens
   WHERE customer_id = $1 AND purpose = $2
   ORDER BY created_at DESC, id DESC LIMIT 1
)sql"};

inline Task<std::string> CustomerShop::link(CustomerId customer, EmailPurpose purpose) {
  const auto row = co_await shop.database.run_one(newest_link_sql, customer, to_string(purpose));
  if (!row) throw std::logic_error("there is no such link");
  co_return tokens.token_of(row->get<EmailTokenId>("id"));
}

template <class Value>
AccountRefusal::Reason reason_of(const Result<Value, AccountRefusal>& outcome) {
  return outcome ? throw std::logic_error("it was accepted") : outcome.error().reason;
}

}  // namespace osier::identity::test
