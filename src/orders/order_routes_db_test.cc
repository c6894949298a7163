#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/storefront.h"
#include "orders/confirmation_mail.h"
#include "orders/routes.h"
#include "orders/test/shop.h"
#include "platform/postgres/migrations.h"

namespace osier {
std::span<const EmbeddedFile> web_templates();
std::span<const EmbeddedFile> web_texts();
std::span<const EmbeddedFile> orders_templates();
std::span<const EmbeddedFile> orders_texts();
}  // namespace osier

namespace osier::orders {
namespace {

using test::Shop;
using testing::HasSubstr;
using testing::StartsWith;

constexpr pg::Statement market_sql{"order_routes_test.market", R"sql(
  INSERT INTO catalog.markets (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               position)
  VALUES ($1, 'eu', 'eu', '{"en": "Europe"}', 'EUR', true, '{en,de}', 'DE', 'Europe/Berlin', 0)
)sql"};
constexpr pg::Statement country_sql{"order_routes_test.country", R"sql(
  INSERT INTO catalog.market_countries (country, market_id) VALUES ('DE', $1)
)sql"};
constexpr pg::Statement shop_sql{"order_routes_test.shop", R"sql(
  INSERT INTO catalog.shop (name, seller) VALUES ('Alder & Loom', '{"name": "Alder GmbH", "email": "hello@alder.example"}')
)sql"};

class NothingAvailable final : public catalog::AvailabilitySource {
 public:
  Task<std::unordered_map<Uuid, std::int32_t>> load(std::vector<Uuid>) override {
    co_return std::unordered_map<Uuid, std::int32_t>{};
  }
};

// Takes mails, or turns them away.
class Postbox final : public mail::Mailer {
 public:
  Task<Result<void, mail::MailRefusal>> send(mail::Message message) override {
    mails.push_back(std::move(message));
    if (refuses) co_return refuse(mail::MailRefusal::rejected_by_server);
    co_return Result<void, mail::MailRefusal>{};
  }
  std::vector<mail::Message> mails;
  bool refuses = false;
};

// The shop with its pages.
struct OpenShop : Shop {
  explicit OpenShop(pg::Database& database_of_test) : Shop(database_of_test) {}

  static std::vector<locale::TextFile> all_texts() {
    auto files = locale::text_files(web_texts());
    for (auto& file : locale::text_files(orders_texts())) files.push_back(std::move(file));
    return files;
  }
  static html::Sources all_templates() {
    html::Sources sources;
    sources.add(web_templates());
    sources.add(orders_templates());
    return sources;
  }

  Task<void> open() {
    const Uuid market = Uuid::v7(test::noon);
    co_await database.run(shop_sql);
    co_await database.run(market_sql, market);
    co_await database.run(country_sql, market);
    co_await test::stock_up(*this, 10);
    co_await catalog.load();
    storefront.emplace(catalog, engine, texts, assets, cache, clock, "https://shop.example");
    add_order_pages(router, *storefront, orders, payments);
  }

  Task<http::Response> ask(http::Method method, std::string path, std::string query = {}) {
    http::Request request;
    request.method = method;
    request.path = std::move(path);
    request.query = std::move(query);
    const auto match = router.match(method, request.path);
    request.path_values = match.path_values;
    if (match.handler == nullptr) co_return http::text(match.status, "");
    co_return co_await (*match.handler)(std::move(request));
  }

  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, clock,
                     [this](std::string_view line) { logged += line; }};
  std::string logged;
  NothingAvailable availability;
  catalog::Catalog catalog{database, availability, clock, log};
  locale::Catalogue texts{all_texts()};
  html::Engine engine{all_templates(), texts};
  web::Assets assets;
  web::PageCache cache{web::SecurityHeaders({}), 1 << 20};
  std::optional<catalog::Storefront> storefront;
  http::Router router;
  Postbox postbox;
};

Task<void> run_open(pg::Database& database, Task<void> (*work)(OpenShop&)) {
  OpenShop shop(database);
  co_await shop.open();
  co_await work(shop);
}

void in_open_shop(Task<void> (*work)(OpenShop&)) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(),
                [work](pg::Database& database) { return run_open(database, work); });
}

std::string page_of(const NewOrder& order) { return "/orders/" + order.access_token; }

std::string location_of(const http::Response& response) {
  return std::string(response.headers.get("Location").value_or(""));
}

Task<void> pay_on_the_page(OpenShop& shop) {
  const auto order = co_await test::place(shop, {});
  auto answer = co_await shop.ask(http::Method::get, page_of(order));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(answer.headers.get("Referrer-Policy"), "same-origin");
  EXPECT_FALSE(answer.headers.get("Refresh"));
  EXPECT_THAT(answer.body, HasSubstr(page_of(order) + "/pay"));

  answer = co_await shop.ask(http::Method::post, page_of(order) + "/pay");
  EXPECT_EQ(answer.status, 303);
  const auto payment = co_await shop.payments.find(order.payment.id);
  EXPECT_EQ(location_of(answer), payment->url);
  EXPECT_FALSE(payment->url.empty());

  // Back from the provider before its webhook: the page looks again by itself.
  answer = co_await shop.ask(http::Method::get, page_of(order), "paid=1");
  EXPECT_EQ(answer.headers.get("Refresh"), "3; url=" + page_of(order) + "?paid=1&n=2");
  answer = co_await shop.ask(http::Method::get, page_of(order), "paid=1&n=10");
  EXPECT_FALSE(answer.headers.get("Refresh"));

  EXPECT_TRUE(shop.stripe.pay(order.payment.id, order.total));
  co_await shop.orders.settle(shop.stripe.report(order.payment.id));
  answer = co_await shop.ask(http::Method::get, "/de-eu" + page_of(order), "paid=1&n=3");
  EXPECT_FALSE(answer.headers.get("Refresh"));
  EXPECT_THAT(answer.body, HasSubstr("Vielen Dank"));

  // Nothing is left to pay.
  answer = co_await shop.ask(http::Method::post, page_of(order) + "/pay");
  EXPECT_EQ(location_of(answer), page_of(order));
}
TEST(OrderRoutes, LeadToTheProviderAndBack) { in_open_shop(pay_on_the_page); }

Task<void> meet_a_provider_that_is_down(OpenShop& shop) {
  const auto order = co_await test::place_and_open(shop, {});
  const auto other = co_await test::place(shop, {});
  shop.stripe.is_down = true;
  auto answer = co_await shop.ask(http::Method::post, page_of(other) + "/pay");
  EXPECT_EQ(location_of(answer), page_of(other) + "?problem=provider_unavailable");
  answer = co_await shop.ask(http::Method::post, page_of(order) + "/cancel");
  EXPECT_EQ(location_of(answer), page_of(order) + "?problem=cancel_unavailable");
  const auto still = co_await test::get(shop, order.id);
  EXPECT_EQ(still.status, OrderStatus::pending);

  shop.stripe.is_down = false;
  shop.stripe.refuses = true;
  answer = co_await shop.ask(http::Method::post, page_of(other) + "/pay");
  EXPECT_EQ(location_of(answer), page_of(other) + "?problem=provider_refused");
}
TEST(OrderRoutes, SayWhenTheProviderCannotBeReached) { in_open_shop(meet_a_provider_that_is_down); }

Task<void> cancel_on_the_page(OpenShop& shop) {
  const auto order = co_await test::place_and_open(shop, {});
  auto answer = co_await shop.ask(http::Method::post, page_of(order) + "/cancel");
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(location_of(answer), page_of(order));
  answer = co_await shop.ask(http::Method::get, page_of(order));
  EXPECT_THAT(answer.body, HasSubstr("is canceled"));
  answer = co_await shop.ask(http::Method::post, page_of(order) + "/pay");
  EXPECT_EQ(location_of(answer), page_of(order));
}
TEST(OrderRoutes, CancelWhatIsNotPaid) { in_open_shop(cancel_on_the_page); }

// Hardening 55: an order's id or number opens nothing.
Task<void> try_other_words(OpenShop& shop) {
  const auto order = co_await test::place(shop, {});
  const auto placed = co_await test::get(shop, order.id);
  for (const std::string& word :
       {std::string("x"), std::string("AAAAAAAAAAAAAAAAAAAAAA"), order.id.value().to_string(),
        order.id.value().to_hex(), std::to_string(placed.number),
        std::string("' OR true; --         "), std::string(5'000, 'a')}) {
    const auto shown = co_await shop.ask(http::Method::get, "/orders/" + word);
    EXPECT_EQ(shown.status, 404) << word;
    const auto paid = co_await shop.ask(http::Method::post, "/orders/" + word + "/pay");
    EXPECT_EQ(paid.status, 404) << word;
    const auto canceled = co_await shop.ask(http::Method::post, "/orders/" + word + "/cancel");
    EXPECT_EQ(canceled.status, 404) << word;
  }
}
TEST(OrderRoutes, OpenNothingWithoutTheToken) { in_open_shop(try_other_words); }

Task<void> confirm_by_mail(OpenShop& shop) {
  const auto order = co_await test::place(shop, {});
  ConfirmationMail confirmation(shop.orders, shop.postbox, *shop.storefront,
                                "Alder & Loom <hello@alder.example>", shop.log);
  const jobs::Event event{.id = Uuid::v7(test::noon),
                          .topic = "order.placed",
                          .aggregate_id = order.id.value(),
                          .payload = "{}"};
  co_await confirmation.send(event);
  co_await confirmation.send(event);
  EXPECT_EQ(shop.postbox.mails.size(), 2u);
  const mail::Message& mail = shop.postbox.mails.front();
  EXPECT_EQ(mail.message_id, event.id.to_string());
  EXPECT_EQ(mail.message_id, shop.postbox.mails.back().message_id);
  EXPECT_EQ(mail.to.email(), order.contact.email);
  EXPECT_THAT(mail.text, HasSubstr("https://shop.example/de-eu" + page_of(order)));
  EXPECT_THAT(mail.html, StartsWith("<!doctype html>"));
  EXPECT_TRUE(mail::to_mime(mail, test::noon));
  EXPECT_EQ(shop.logged, "");

  shop.postbox.refuses = true;  // For good: noted, and not thrown.
  co_await confirmation.send(event);
  EXPECT_THAT(shop.logged, HasSubstr("rejected_by_server"));
}
TEST(ConfirmationMail, IsTheSameMailEachTime) { in_open_shop(confirm_by_mail); }

}  // namespace
}  // namespace osier::orders
