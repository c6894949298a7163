#include "app/customers.h"

#include "checkout/routes.h"
#include "identity/account_mail.h"
#include "identity/account_pages.h"
#include "identity/address_pages.h"
#include "identity/customer_api.h"
#include "identity/customer_factor_pages.h"
#include "identity/federation_pages.h"

namespace osier::app {

namespace {

identity::SecondFactorParts factor_parts(Shop& shop) {
  return {.database = shop.database,
          .vault = shop.vault,
          .sessions = shop.sessions,
          .throttle = shop.throttle,
          .clock = shop.clock,
          .random = shop.random,
          .log = shop.log};
}

identity::SecondFactorSite site_of(Shop& shop) {
  return {.shop_name = shop.catalog.snapshot()->shop().name,
          .relying_party = identity::RelyingParty::of(shop.config.base_url)};
}

}  // namespace

Customers::Customers(Shop& shop, const catalog::Storefront& storefront)
    : parts{.database = shop.database,
            .vault = shop.vault,
            .sessions = shop.sessions,
            .throttle = shop.throttle,
            .hashing = shop.hashing,
            .clock = shop.clock,
            .random = shop.random},
      carts(shop.database, shop.checkout, shop.vault, shop.clock, storefront.is_https()),
      door(parts, http::TrustedProxies(shop.config.limits_exempt)),
      entrance(shop.sessions, shop.vault, &carts),
      factor_accounts(parts, door, entrance),
      factors(factor_parts(shop), factor_accounts, site_of(shop)),
      accounts(parts, door, factors, entrance,
               {.shop_name = [&shop] { return shop.catalog.snapshot()->shop().name; }}),
      book(parts, factors, entrance),
      guard(shop.sessions, storefront),
      visitors(guard, accounts),
      addresses(shop.database, shop.vault, shop.clock),
      visitor_carts(shop.checkout, carts, visitors, addresses, storefront.is_https()),
      orders(shop.database, shop.orders),
      issuers(shop.config.sign_in_issuers, shop.config.environment, shop.background_thread.loop(),
              shop.clock, shop.log),
      attempts(shop.database, shop.clock, shop.random),
      identities(shop.database, shop.clock, shop.random,
                 [&shop](const std::string& text) {
                   return shop.vault.index("federated_identity", text);
                 }),
      federation(shop.database, issuers, attempts, identities, shop.clock, shop.log) {
  shop.background_thread.run(attempts.load());
}

Task<void> Customers::trim() {
  co_await accounts.trim();
  (void)co_await factors.trim();
  (void)co_await attempts.trim();
  (void)co_await identities.trim();
}

void add_customer_pages(http::Router& router, Shop& shop, Customers& customers,
                        catalog::Storefront& storefront) {
  const auto factor_pages =
      identity::make_customer_factor_pages(storefront, shop.assets, customers.factors,
                                           shop.sessions, shop.random, shop.config.limits_exempt);
  identity::add_customer_factor_pages(router, storefront, factor_pages);
  identity::add_federation_pages(router, storefront, customers.federation, customers.book,
                                 shop.sessions);
  identity::add_address_pages(router, storefront, customers.addresses);
  checkout::add_customer_order_pages(router, storefront, shop.checkout, customers.orders,
                                     customers.visitor_carts);
  const bool is_elsewhere = shop.config.customer_accounts == config::CustomerAccounts::cognito;
  identity::add_account_pages(router, {.storefront = storefront,
                                       .accounts = customers.accounts,
                                       .sessions = shop.sessions,
                                       .issuers = customers.issuers,
                                       .factor_pages = factor_pages,
                                       .passwords = is_elsewhere ? identity::Passwords::elsewhere
                                                                 : identity::Passwords::here});
}

void add_customer_api(http::Router& router, Shop& shop, Customers& customers) {
  const identity::CustomerApi api{.catalog = shop.catalog,
                                  .vault = shop.vault,
                                  .clock = shop.clock,
                                  .accounts = customers.accounts,
                                  .factors = customers.factors,
                                  .sessions = shop.sessions,
                                  .addresses = customers.addresses,
                                  .is_https = shop.config.base_url.starts_with("https://")};
  if (shop.config.customer_accounts != config::CustomerAccounts::cognito)
    identity::add_auth_api(router, api);
  identity::add_customer_api(router, api);
  checkout::add_customer_store_api(router, shop.checkout, shop.catalog, shop.orders, shop.payments,
                                   shop.fulfilment, shop.clock, shop.waiting,
                                   customers.visitor_carts, customers.orders);
}

void listen_for_customers(Shop& shop, Customers& customers, const catalog::Storefront& storefront) {
  const auto mail =
      std::make_shared<identity::AccountMail>(shop.database, shop.vault, shop.clock, *shop.mailer,
                                              storefront, shop.config.mail_from, shop.log);
  shop.outbox.listen(identity::account_mail_topic, "account_mail",
                     [mail](jobs::Event event) { return mail->send(std::move(event)); });
  shop.outbox.listen(identity::second_factor_news_topic, "second_factor_mail",
                     [mail](jobs::Event event) { return mail->send_news(std::move(event)); });
  shop.schedules.every(1h, "identity.trim_customers", [&customers] { return customers.trim(); });
}

}  // namespace osier::app
