#include "orders/withdrawal_mail.h"

namespace osier::orders {

namespace {

enum class Reader { customer, shop };

WithdrawalMailView withdrawal_mail_view_of(const Withdrawal& withdrawal, Reader reader,
                                           const catalog::PageContext& context,
                                           const std::string& base_url) {
  Letterhead head = letterhead_of(context, base_url);
  WithdrawalMailView view{.language = std::move(head.language),
                          .direction = std::move(head.direction),
                          .shop_name = std::move(head.shop_name),
                          .seller_name = std::move(head.seller_name),
                          .seller_address = std::move(head.seller_address),
                          .seller_email = std::move(head.seller_email),
                          .seller_phone = std::move(head.seller_phone),
                          .seller_vat_id = std::move(head.seller_vat_id),
                          .links = std::move(head.links)};
  const Declaration& declaration = withdrawal.declaration;
  const std::initializer_list<locale::Argument> words = {
      {"number", std::string_view(declaration.order_number)}};
  const std::string kind = reader == Reader::shop ? "mail.withdrawal.shop_" : "mail.withdrawal.";
  view.subject = context.text(kind + "subject", words);
  view.title = context.text(kind + "title");
  view.message = context.text(kind + "message");
  if (reader == Reader::customer) {
    view.greeting =
        context.text("mail.confirmation.greeting", {{"name", std::string_view(declaration.name)}});
  }
  view.rows = rows_of(declaration, context);
  view.rows.push_back(
      {context.text("withdrawal.received_at"),
       locale::format_date(withdrawal.received_at, context.locale, context.market().time_zone,
                           locale::DateStyle::date_time)});
  return view;
}

}  // namespace

WithdrawalMail::WithdrawalMail(const Withdrawals& withdrawals, mail::Mailer& mailer,
                               const catalog::Storefront& storefront, std::string mail_from,
                               telemetry::Log& log)
    : withdrawals_(withdrawals),
      mailer_(mailer),
      storefront_(storefront),
      from_(mail_sender(mail_from)),
      log_(log),
      html_(storefront.engine().page<WithdrawalMailView>("withdrawal_mail.html")),
      text_(storefront.engine().page<WithdrawalMailView>("withdrawal_mail.txt")) {}

Task<void> WithdrawalMail::send_one(mail::Address to, WithdrawalMailView view,
                                    std::string message_id, const locale::Messages& texts) {
  mail::Message message{.from = from_,
                        .to = std::move(to),
                        .subject = view.subject,
                        .html = html_.render(view, texts),
                        .text = text_.render(view, texts),
                        .message_id = std::move(message_id),
                        .headers = {{"Auto-Submitted", "auto-generated"}}};
  const auto sent = co_await mailer_.send(std::move(message));
  if (!sent) {
    log_.error("a mail about a withdrawal cannot be delivered",
               {{"refusal", to_string(sent.error())}});
  }
}

Task<void> WithdrawalMail::send(jobs::Event event) {
  const auto withdrawal = co_await withdrawals_.find(WithdrawalId{event.aggregate_id});
  if (!withdrawal) co_return;
  const auto context = storefront_.at(withdrawal->market_code, withdrawal->locale);
  const Declaration& declaration = withdrawal->declaration;
  const std::string id = event.id.to_string();

  auto customer = mail::Address::named(declaration.name, declaration.email);
  if (!customer) customer = mail::Address::named("", declaration.email);
  if (customer) {
    auto view =
        withdrawal_mail_view_of(*withdrawal, Reader::customer, context, storefront_.base_url());
    co_await send_one(*std::move(customer), std::move(view), id, *context.texts);
  }
  auto shop = mail::Address::named("", context.snapshot->shop().seller.email);
  if (shop) {
    auto view = withdrawal_mail_view_of(*withdrawal, Reader::shop, context, storefront_.base_url());
    co_await send_one(*std::move(shop), std::move(view), id + ".shop", *context.texts);
  }
}

}  // namespace osier::orders
