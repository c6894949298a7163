#include "orders/order_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/snapshot_builder.h"
#include "orders/confirmation_mail.h"
#include "orders/refund_mail.h"

namespace osier {
std::span<const EmbeddedFile> web_templates();
std::span<const EmbeddedFile> web_texts();
std::span<const EmbeddedFile> orders_templates();
std::span<const EmbeddedFile> orders_texts();
}  // namespace osier

namespace osier::orders {
namespace {

using payments::Payment;
using payments::PaymentMethod;
using payments::PaymentStatus;
using payments::Provider;
using testing::HasSubstr;
using testing::Not;

constexpr Currency eur = Currency::of("EUR");
constexpr Instant noon{std::chrono::seconds{1'795'348'800}};  // 2026-11-22, 12:00 UTC.

Money euros(std::int64_t minor) { return Money::minor(minor, eur); }

// A shop with one market, its templates and texts, and no database.
class Studio {
 public:
  Studio() {
    html::Sources sources;
    sources.add(web_templates());
    sources.add(orders_templates());
    engine.emplace(std::move(sources), texts);
  }

  static std::vector<locale::TextFile> all_texts() {
    auto files = locale::text_files(web_texts());
    for (auto& file : locale::text_files(orders_texts())) files.push_back(std::move(file));
    return files;
  }

  static catalog::Settings settings() {
    catalog::Settings settings;
    settings.shop.name = "Alder & Loom";
    settings.shop.seller = {.name = "Alder & Loom GmbH",
                            .address = "Ackerstraße 76, 13355 Berlin",
                            .email = "hello@alder.example",
                            .phone = "+49 30 1",
                            .vat_id = "DE1"};
    catalog::Market market;
    market.code = "eu";
    market.name = catalog::Texts({{"en", "Europe"}});
    market.currency = eur;
    market.prices_include_tax = true;
    market.locales = {"en", "de"};
    market.countries = {"DE"};
    market.default_country = "DE";
    market.time_zone = "Europe/Berlin";
    settings.markets.push_back(std::move(market));
    settings.content_pages.push_back(
        {.handle = "returns",
         .title = catalog::Texts({{"en", "Returns"}, {"de", "Rückgabe"}}),
         .body_html = catalog::Texts({{"en", "<p>x</p>"}})});
    return settings;
  }

  catalog::PageContext at(const std::string& tag) const {
    catalog::PageContext context;
    context.snapshot = catalog::SnapshotBuilder(settings()).build(noon);
    context.place = {.market = "eu", .locale = tag, .prefix = tag == "en" ? "" : "/de-eu"};
    context.locale = *locale::Locale::parse(tag);
    context.texts = &texts.in(context.locale);
    context.now = noon;
    auto shell = std::make_shared<web::Shell>();
    shell->shop_name = "Alder & Loom";
    shell->locale = tag;
    shell->direction = "ltr";
    shell->home_url = context.url("/");
    shell->legal = {{context.url("/pages/returns"), "Returns", false}};
    context.shell = shell;
    return context;
  }

  std::string page(const Order& order, const std::vector<Payment>& payments,
                   const OrderPageQuery& query = {}, const std::string& tag = "en",
                   const std::vector<OrderRefund>& refunds = {}) {
    const auto context = at(tag);
    const auto view = page_view_of(order, payments, query, context, refunds);
    return engine->page<OrderPageView>("order.html").render(view, *context.texts);
  }
  std::string mail(const Order& order, const std::string& name, const std::string& tag) {
    const auto context = at(tag);
    const auto view = confirmation_view_of(order, context, "https://shop.example");
    return engine->page<ConfirmationMailView>(name).render(view, *context.texts);
  }

  std::string refund_mail(const Order& order, const OrderRefund* refund, const std::string& name,
                          const std::string& tag) {
    const auto context = at(tag);
    const auto view =
        refund_mail_view_of(order, refund, euros(2'500), context, "https://shop.example");
    return engine->page<RefundMailView>(name).render(view, *context.texts);
  }

  locale::Catalogue texts{all_texts()};
  std::optional<html::Engine> engine;
};

Order order_that_is(OrderStatus status, OrderPaymentStatus payment_status) {
  Order order;
  order.number = 1001;
  order.market_code = "eu";
  order.locale = "en";
  order.currency = eur;
  order.prices_include_tax = true;
  order.status = status;
  order.payment_status = payment_status;
  order.fulfilment_status = "unfulfilled";
  OrderLine line;
  line.title = "Speckled mug <b>";
  line.variant_title = "Blue";
  line.sku = "MUG-1";
  line.quantity = 2;
  line.unit_price = euros(2'400);
  line.tax = euros(766);
  line.total = euros(4'800);
  line.tax_name = "VAT";
  line.tax_rate_ppm = 190'000;
  order.lines.push_back(line);
  OrderShipping shipping;
  shipping.title = "Parcel";
  shipping.tax = euros(78);
  shipping.total = euros(490);
  shipping.tax_name = "VAT";
  shipping.tax_rate_ppm = 190'000;
  using namespace std::chrono;
  shipping.deliver_from = sys_days{2026y / 11 / 24};
  shipping.deliver_to = sys_days{2026y / 11 / 26};
  order.shipping.push_back(shipping);
  order.total = euros(5'290);
  order.paid = payment_status == OrderPaymentStatus::paid ? order.total : euros(0);
  order.contact.email = "ida@example.org";
  order.contact.shipping.name = "Ida <i>";
  order.contact.shipping.line1 = "Gasse 1";
  order.contact.shipping.postal_code = "10115";
  order.contact.shipping.city = "Berlin";
  order.contact.shipping.country = "DE";
  order.contact.billing = order.contact.shipping;
  order.access_token = "AAAAAAAAAAAAAAAAAAAAAA";
  order.created_at = noon;
  return order;
}

Payment payment_that_is(PaymentStatus status, Provider provider = Provider::stripe,
                        PaymentMethod method = PaymentMethod::hosted_page) {
  Payment payment;
  payment.provider = provider;
  payment.method = method;
  payment.status = status;
  payment.amount = euros(5'290);
  return payment;
}

const Order pending = order_that_is(OrderStatus::pending, OrderPaymentStatus::pending);
const Order placed = order_that_is(OrderStatus::placed, OrderPaymentStatus::paid);
const std::vector<Payment> open_page{payment_that_is(PaymentStatus::requires_action)};

// --- States.

TEST(OrderPage, IsToPayUntilTheShopperReturns) {
  EXPECT_EQ(state_of(pending, open_page, false), OrderPageState::to_pay);
  EXPECT_EQ(state_of(pending, open_page, true), OrderPageState::confirming);
  EXPECT_EQ(state_of(pending, {payment_that_is(PaymentStatus::processing)}, false),
            OrderPageState::confirming);
}

TEST(OrderPage, SaysThatAnOrderIsPlacedWhateverTheAddressClaims) {
  EXPECT_EQ(state_of(placed, {payment_that_is(PaymentStatus::captured)}, false),
            OrderPageState::thanks);
  EXPECT_EQ(state_of(placed, {payment_that_is(PaymentStatus::captured)}, true),
            OrderPageState::thanks);
  const Order expired = order_that_is(OrderStatus::expired, OrderPaymentStatus::voided);
  EXPECT_EQ(state_of(expired, {payment_that_is(PaymentStatus::canceled)}, true),
            OrderPageState::expired);
  const Order canceled = order_that_is(OrderStatus::canceled, OrderPaymentStatus::voided);
  EXPECT_EQ(state_of(canceled, {}, true), OrderPageState::canceled);
}

TEST(OrderPage, KnowsPaymentsThatAreNotMadeOnAPage) {
  const auto intent = payment_that_is(PaymentStatus::requires_action, Provider::stripe,
                                      PaymentMethod::client_intent);
  EXPECT_EQ(state_of(pending, {intent}, false), OrderPageState::waiting);
  const auto transfer =
      payment_that_is(PaymentStatus::authorized, Provider::manual, PaymentMethod::transfer);
  EXPECT_EQ(state_of(placed, {transfer}, false), OrderPageState::transfer);
  const auto received =
      payment_that_is(PaymentStatus::captured, Provider::manual, PaymentMethod::transfer);
  EXPECT_EQ(state_of(placed, {received}, false), OrderPageState::thanks);
  EXPECT_EQ(state_of(pending, {payment_that_is(PaymentStatus::failed)}, false),
            OrderPageState::unpayable);
}

TEST(OrderPage, PaysTheNewestOpenPayment) {
  auto payments = open_page;
  payments.push_back(payment_that_is(PaymentStatus::canceled));
  EXPECT_EQ(payable_payment(payments), &payments[0]);
  payments.push_back(payment_that_is(PaymentStatus::created));
  EXPECT_EQ(payable_payment(payments), &payments[2]);
}

OrderPageQuery query_of(const std::string& text) {
  http::Request request;
  request.query = text;
  return read_order_page_query(request);
}

TEST(OrderPage, LooksAgainABoundedNumberOfTimes) {
  EXPECT_EQ(query_of("paid=1").look, 1);
  EXPECT_EQ(query_of("paid=1&n=10").look, 10);
  for (const char* odd :
       {"paid=1&n=11", "paid=1&n=-1", "paid=1&n=99999999999", "paid=1&n=2&n=3", "paid=1&n=x"}) {
    EXPECT_EQ(query_of(odd).look, 1) << odd;
  }
  EXPECT_FALSE(query_of("paid=0").has_returned);
  EXPECT_FALSE(query_of("paid=%zz").has_returned);
  EXPECT_EQ(query_of("problem=provider_refused").problem, OrderProblem::provider_refused);
  EXPECT_FALSE(query_of("problem=<script>").problem);
}

// --- What people see.

TEST(OrderPage, OffersToPayAndToCancel) {
  Studio studio;
  const auto page = studio.page(pending, open_page);
  EXPECT_THAT(page, HasSubstr("Pay €52.90 now"));
  EXPECT_THAT(page, HasSubstr(R"(action="/orders/AAAAAAAAAAAAAAAAAAAAAA/pay")"));
  EXPECT_THAT(page, HasSubstr(R"(action="/orders/AAAAAAAAAAAAAAAAAAAAAA/cancel")"));
  EXPECT_THAT(page, HasSubstr(R"(<meta name="robots" content="noindex">)"));
  EXPECT_THAT(page, Not(HasSubstr("order.")));  // No text is missing.
}

TEST(OrderPage, ThanksWithEverythingThatWasAgreed) {
  Studio studio;
  const auto page = studio.page(placed, {payment_that_is(PaymentStatus::captured)});
  for (const char* words :
       {"Thank you for your order", "Order 1001 is paid", "Speckled mug &lt;b&gt;", "Blue",
        "2 × €24.00", "€48.00", "€4.90", "€52.90", "Includes VAT 19%", "€8.44", "Nov 24",
        "10115 Berlin", "Germany", "ida@example.org", R"(href="/pages/returns")",
        R"(<li class="is-done">Paid)"}) {
    EXPECT_THAT(page, HasSubstr(words));
  }
  EXPECT_THAT(page, Not(HasSubstr("<form action=\"/orders")));
  EXPECT_THAT(page, Not(HasSubstr("Billing address")));
}

TEST(OrderPage, SpeaksTheLanguageOfItsPlace) {
  Studio studio;
  const auto page = studio.page(pending, open_page, {}, "de");
  EXPECT_THAT(page, HasSubstr("Zwischensumme"));
  EXPECT_THAT(page, HasSubstr("48,00\u00a0€"));
  EXPECT_THAT(page, HasSubstr("Deutschland"));
  EXPECT_THAT(page, HasSubstr(R"(action="/de-eu/orders/AAAAAAAAAAAAAAAAAAAAAA/pay")"));
  EXPECT_TRUE(studio.texts.missing_keys().empty());
}

TEST(OrderPage, SaysWhatWentWrong) {
  Studio studio;
  EXPECT_THAT(studio.page(pending, open_page, query_of("problem=provider_unavailable")),
              HasSubstr("cannot be reached right now"));
  auto declined = open_page;
  declined[0].failure_reason = "card_declined";
  EXPECT_THAT(studio.page(pending, declined), HasSubstr("was declined"));
  const auto expired = order_that_is(OrderStatus::expired, OrderPaymentStatus::voided);
  const auto page = studio.page(expired, {});
  EXPECT_THAT(page, HasSubstr("Order 1001 has expired"));
  EXPECT_THAT(page, HasSubstr(R"(href="/cart")"));
  EXPECT_THAT(page, Not(HasSubstr("class=\"steps\"")));
}

TEST(OrderPage, StopsLookingAndSaysWhatHappensNext) {
  Studio studio;
  const auto early = studio.page(pending, open_page, query_of("paid=1&n=9"));
  EXPECT_THAT(early, HasSubstr("takes a few seconds"));
  const auto late = studio.page(pending, open_page, query_of("paid=1&n=10"));
  EXPECT_THAT(late, HasSubstr("takes longer than usual"));
  EXPECT_THAT(late, HasSubstr("Look again"));
}

TEST(OrderPage, AddsTaxWherePricesAreWithoutIt) {
  Studio studio;
  Order order = placed;
  order.prices_include_tax = false;
  order.lines[0].unit_price = euros(2'250);
  order.lines[0].tax_rate_ppm = 66'250;
  order.lines[0].tax = euros(300);
  order.shipping[0].tax = euros(0);
  const auto page = studio.page(order, {payment_that_is(PaymentStatus::captured)});
  EXPECT_THAT(page, HasSubstr("€45.00"));
  EXPECT_THAT(page, HasSubstr("VAT 6.625%"));
  const auto german = studio.page(order, {}, {}, "de");
  EXPECT_THAT(german, HasSubstr("VAT 6,625"));
}

TEST(OrderPage, ShowsWhatACouponTookOff) {
  Studio studio;
  Order order = placed;
  order.discounts = {{.coupon_id = Uuid::v7(Instant{}),
                      .code = "WELCOME10",
                      .title = "Welcome",
                      .amount = euros(480)},
                     {.coupon_id = Uuid::v7(Instant{}),
                      .code = "PARCEL",
                      .title = "Free delivery",
                      .is_free_shipping = true,
                      .amount = euros(490)}};
  EXPECT_EQ(discounts_from_json(to_json(order.discounts), order.currency), order.discounts);
  const auto page = studio.page(order, {payment_that_is(PaymentStatus::captured)});
  EXPECT_THAT(page, HasSubstr("Discount (WELCOME10)"));
  EXPECT_THAT(page, HasSubstr("-€4.80"));
  EXPECT_THAT(page, Not(HasSubstr("Discount (PARCEL)")));
}

TEST(OrderPage, WritesAddressesAsTheirCountryDoes) {
  const locale::Locale english;
  Address american;
  american.name = "Ann";
  american.line1 = "1 Main St";
  american.postal_code = "08540";
  american.city = "Princeton";
  american.province = "NJ";
  american.country = "US";
  EXPECT_EQ(address_lines(american, english),
            (std::vector<std::string>{"Ann", "1 Main St", "Princeton, NJ 08540", "United States"}));
  EXPECT_TRUE(address_lines(Address{}, english).empty());
}

// --- The mail.

TEST(ConfirmationMail, SaysWhatWasAgreedInBothForms) {
  Studio studio;
  for (const char* name : {"confirmation_mail.html", "confirmation_mail.txt"}) {
    const auto mail = studio.mail(placed, name, "en");
    for (const char* words :
         {"Thank you for your order", "It is paid", "2 × €24.00", "€52.90", "VAT 19%",
          "10115 Berlin", "Nov 24", "https://shop.example/orders/AAAAAAAAAAAAAAAAAAAAAA",
          "https://shop.example/pages/returns", "Ackerstraße 76, 13355 Berlin",
          "hello@alder.example", "VAT ID DE1"}) {
      EXPECT_THAT(mail, HasSubstr(words)) << name;
    }
  }
  EXPECT_THAT(studio.mail(placed, "confirmation_mail.html", "en"),
              HasSubstr("Hello Ida &lt;i&gt;,"));
  EXPECT_THAT(studio.mail(placed, "confirmation_mail.txt", "en"), HasSubstr("Hello Ida <i>,"));
}

TEST(ConfirmationMail, SaysHowToPayByTransfer) {
  Studio studio;
  const auto order = order_that_is(OrderStatus::placed, OrderPaymentStatus::authorized);
  const auto mail = studio.mail(order, "confirmation_mail.txt", "de");
  EXPECT_THAT(mail, HasSubstr("Bitte überweisen Sie 52,90\u00a0€ mit dem Verwendungszweck 1001"));
  EXPECT_THAT(mail, HasSubstr("https://shop.example/de-eu/orders/AAAAAAAAAAAAAAAAAAAAAA"));
}

// One mug and a part of the delivery.
OrderRefund refund_of(const Order& order) {
  OrderRefund refund;
  refund.amount = euros(2'500);
  refund.shipping = euros(100);
  refund.units = RefundedUnits::restocked;
  refund.reason = "cracked <glaze>";
  refund.at = noon;
  refund.lines = {{order.lines[0].id, 1, euros(2'400)}};
  refund.payments = {{.refund_id = {}, .amount = euros(2'500)}};
  return refund;
}

TEST(OrderPage, ShowsWhatGoesBack) {
  Studio studio;
  Order order = order_that_is(OrderStatus::placed, OrderPaymentStatus::paid);
  OrderRefund refund = refund_of(order);
  const std::vector<Payment> payments{payment_that_is(PaymentStatus::captured)};
  auto page = studio.page(order, payments, {}, "en", {refund});
  EXPECT_THAT(page, HasSubstr("€25.00 is on its way back to you"));
  EXPECT_THAT(page, HasSubstr("1 × Speckled mug &lt;b&gt;, Blue"));
  EXPECT_THAT(page, HasSubstr("Reason: cracked &lt;glaze&gt;"));

  refund.payments[0].status = payments::RefundStatus::succeeded;
  order.payment_status = OrderPaymentStatus::partially_refunded;
  page = studio.page(order, payments, {}, "de", {refund});
  EXPECT_THAT(page, HasSubstr("wurden Ihnen zurückgeschickt"));
  EXPECT_THAT(page, HasSubstr("Zum Teil erstattet"));
  refund.payments[0].status = payments::RefundStatus::failed;
  page = studio.page(order, payments, {}, "en", {refund});
  EXPECT_THAT(page, HasSubstr("€25.00 could not be sent back yet"));
  EXPECT_THAT(studio.page(order, payments), Not(HasSubstr("Refunds")));
}

TEST(RefundMail, SaysHowMuchForWhatAndWhy) {
  Studio studio;
  const Order order = order_that_is(OrderStatus::placed, OrderPaymentStatus::partially_refunded);
  const OrderRefund refund = refund_of(order);
  for (const char* name : {"refund_mail.html", "refund_mail.txt"}) {
    const auto mail = studio.refund_mail(order, &refund, name, "en");
    EXPECT_THAT(mail, HasSubstr("we have sent €25.00 back to you for order 1001"));
    EXPECT_THAT(mail, HasSubstr("€24.00"));
    EXPECT_THAT(mail, HasSubstr("Reason: cracked"));
    EXPECT_THAT(mail, HasSubstr("https://shop.example/orders/AAAAAAAAAAAAAAAAAAAAAA"));
    EXPECT_THAT(studio.refund_mail(order, &refund, name, "de"), HasSubstr("Zurückgeschickt"));
  }
  EXPECT_THAT(studio.refund_mail(order, &refund, "refund_mail.html", "en"),
              HasSubstr("cracked &lt;glaze&gt;"));
}

TEST(RefundMail, SaysTheAmountAloneIfTheProviderDecided) {
  Studio studio;
  const Order order = order_that_is(OrderStatus::canceled, OrderPaymentStatus::refunded);
  const auto mail = studio.refund_mail(order, nullptr, "refund_mail.txt", "en");
  EXPECT_THAT(mail, HasSubstr("Sent back: €25.00"));
  EXPECT_THAT(mail, Not(HasSubstr("Reason")));
  OrderRefund late = refund_of(order);
  late.reason = "late_payment";
  EXPECT_THAT(studio.refund_mail(order, &late, "refund_mail.txt", "en"),
              HasSubstr("the payment came after the order had expired"));
}

}  // namespace
}  // namespace osier::orders
