#include "orders/refund_mail.h"

#include <algorithm>

#include "platform/json/value.h"

namespace osier::orders {

RefundMailView refund_mail_view_of(const Order& order, const OrderRefund* refund, Money amount,
                                   const catalog::PageContext& context,
                                   const std::string& base_url) {
  RefundMailView view;
  Letterhead head = letterhead_of(context, base_url);
  view.language = std::move(head.language);
  view.direction = std::move(head.direction);
  view.shop_name = std::move(head.shop_name);
  view.seller_name = std::move(head.seller_name);
  view.seller_address = std::move(head.seller_address);
  view.seller_email = std::move(head.seller_email);
  view.seller_phone = std::move(head.seller_phone);
  view.seller_vat_id = std::move(head.seller_vat_id);
  view.links = std::move(head.links);

  view.amount = context.money(amount);
  const std::string number = std::to_string(order.number);
  const std::initializer_list<locale::Argument> words = {{"number", std::string_view(number)},
                                                         {"shop", std::string_view(view.shop_name)},
                                                         {"amount", std::string_view(view.amount)}};
  view.subject = context.text("mail.refund.subject", words);
  view.title = context.text("mail.refund.title", words);
  view.greeting = context.text("mail.confirmation.greeting",
                               {{"name", std::string_view(order.contact.shipping.name)}});
  view.message = context.text("mail.refund.message", words);
  if (refund != nullptr) {
    view.reason = refund_reason(refund->reason, context);
    // Money from several payments comes in several mails: each is about its own amount.
    if (refund->amount == amount) view.lines = refund_view_of(*refund, order, context).lines;
  }
  view.order_url = base_url + context.url(path_of(order));
  return view;
}

RefundMail::RefundMail(Orders& orders, mail::Mailer& mailer, const catalog::Storefront& storefront,
                       std::string mail_from, telemetry::Log& log)
    : orders_(orders),
      mailer_(mailer),
      storefront_(storefront),
      from_(mail_sender(mail_from)),
      log_(log),
      html_(storefront.engine().page<RefundMailView>("refund_mail.html")),
      text_(storefront.engine().page<RefundMailView>("refund_mail.txt")) {}

namespace {

struct News {
  std::optional<Money> amount;
  std::optional<Uuid> refund_id;
};

// The payload is our own.
News read(const jobs::Event& event) {
  News news;
  const auto value = json::parse(event.payload);
  if (!value || !value->is_object()) return news;
  json::Reader reader(*value);
  const auto minor = reader.integer("amount_minor");
  const auto code = reader.string("currency");
  const auto currency = code ? Currency::parse(*code) : std::nullopt;
  if (minor && currency) news.amount = Money::minor(*minor, *currency);
  const auto id = reader.string("refund_id");
  if (id) news.refund_id = Uuid::parse(*id);
  return news;
}

const OrderRefund* behind(const std::vector<OrderRefund>& refunds, const News& news) {
  if (!news.refund_id) return nullptr;
  const auto found = std::ranges::find_if(refunds, [&](const OrderRefund& refund) {
    return std::ranges::any_of(refund.payments, [&](const auto& payment) {
      return payment.refund_id.value() == *news.refund_id;
    });
  });
  return found == refunds.end() ? nullptr : &*found;
}

}  // namespace

Task<void> RefundMail::send(jobs::Event event) {
  const std::string order_id = event.aggregate_id.to_string();
  const News news = read(event);
  const auto order = co_await orders_.find(OrderId{event.aggregate_id});
  auto to = order ? mail_receiver(order->contact) : std::nullopt;
  if (!to || !news.amount) {
    log_.error("a refund cannot be told to anybody", {{"order_id", order_id}});
    co_return;
  }
  const auto refunds = co_await orders_.refunds_of(order->id);
  const auto context = storefront_.at(order->market_code, order->locale);
  const auto view = refund_mail_view_of(*order, behind(refunds, news), *news.amount, context,
                                        storefront_.base_url());
  mail::Message message{.from = from_,
                        .to = *std::move(to),
                        .subject = view.subject,
                        .html = html_.render(view, *context.texts),
                        .text = text_.render(view, *context.texts),
                        .message_id = event.id.to_string(),
                        .headers = {{"Auto-Submitted", "auto-generated"}}};
  const auto sent = co_await mailer_.send(std::move(message));
  if (!sent) {
    log_.error("a mail about a refund cannot be delivered",
               {{"order_id", order_id}, {"refusal", to_string(sent.error())}});
  }
}

}  // namespace osier::orders
