#include "identity/account_mail.h"

#include <stdexcept>

namespace osier::identity {

namespace {

mail::Address sender(const std::string& mail_from) {
  auto address = mail::Address::parse(mail_from);
  if (!address) throw std::invalid_argument("OSIER_MAIL_FROM is not one e-mail address");
  return *std::move(address);
}

}  // namespace

AccountMail::AccountMail(pg::Database& database, const privacy::Vault& vault, const Clock& clock,
                         mail::Mailer& mailer, const catalog::Storefront& storefront,
                         std::string mail_from, telemetry::Log& log)
    : database_(database),
      clock_(clock),
      mailer_(mailer),
      storefront_(storefront),
      from_(sender(mail_from)),
      log_(log),
      store_(vault),
      tokens_(vault),
      html_(storefront.engine().page<AccountMailView>("account_mail.html")),
      text_(storefront.engine().page<AccountMailView>("account_mail.txt")) {}

Task<void> AccountMail::send(jobs::Event event) {
  const auto what = account_mail_of(event);
  if (!what) {
    log_.error("an account's mail is of no kind that is known", {{"event", event.id.to_string()}});
    co_return;
  }
  auto letter = co_await letter_for(*what);
  if (letter) co_await deliver(*std::move(letter), event.id);
}

Task<void> AccountMail::send_news(jobs::Event event) {
  const auto notice = notice_of(event);
  if (!notice || notice->account.realm != Realm::customer) co_return;
  const auto customer = co_await store_.find(database_, CustomerId{notice->account.id});
  if (!customer) co_return;
  Letter letter{.key = "mail.factor." + std::string(to_string(notice->news)),
                .to = customer->email,
                .customer = *customer,
                .path = {},
                .after = "mail.factor.after"};
  co_await deliver(std::move(letter), event.id);
}

Task<std::optional<AccountMail::Letter>> AccountMail::letter_for(AccountMailEvent event) {
  if (event.kind == AccountMailKind::forgot) co_return co_await forgotten(std::move(event));
  const auto customer = co_await store_.find(database_, event.customer);
  if (!customer) co_return std::nullopt;  // It has gone since.
  switch (event.kind) {
    case AccountMailKind::verify:
      co_return co_await verification(std::move(event), *customer);
    case AccountMailKind::password_changed:
      co_return Letter{
          .key = "account.mail.password_changed", .to = customer->email, .customer = *customer};
    default:
      co_return co_await changing(std::move(event), *customer);
  }
}

static std::string link_path(std::string_view page, const std::string& token) {
  return "/account/" + std::string(page) + "?token=" + token;
}

// To an address that has an account already, the mail says so instead. The registration then is
// without a link that anybody has, and goes with the next sweep of its kind.
Task<std::optional<AccountMail::Letter>> AccountMail::verification(AccountMailEvent event,
                                                                   Customer customer) {
  if (customer.verified_at) co_return std::nullopt;
  const auto index = store_.index_of(customer.email);
  auto transaction = co_await database_.begin();
  const auto owner = co_await store_.verified(transaction, index);
  if (!owner) {
    co_await transaction.commit();
    co_return Letter{.key = "account.mail.verify",
                     .to = customer.email,
                     .customer = customer,
                     .path = link_path("verify", tokens_.token_of(event.token)),
                     .after = "account.mail.after_link"};
  }
  const auto known = co_await store_.find(transaction, *owner);
  co_await transaction.commit();
  if (!known) co_return std::nullopt;
  co_return Letter{.key = "account.mail.known",
                   .to = known->email,
                   .customer = *known,
                   .path = "/account/sign-in",
                   .after = "account.mail.after_known"};
}

Task<std::optional<AccountMail::Letter>> AccountMail::forgotten(AccountMailEvent event) {
  const auto credentials = co_await store_.credentials_for(database_, event.email_index);
  if (!credentials) co_return std::nullopt;
  const auto customer = co_await store_.find(database_, credentials->id);
  if (!customer) co_return std::nullopt;
  const bool is_verified = credentials->is_verified;
  const EmailTokenRow token{.id = event.token,
                            .customer = customer->id,
                            .purpose = is_verified ? EmailPurpose::reset : EmailPurpose::verify,
                            .email_index = event.email_index,
                            .new_email = {},
                            .credentials_version = credentials->version};
  pg::Batch batch;
  tokens_.add(batch, token, privacy::Keys(), clock_.now());
  auto transaction = co_await database_.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Letter{.key = is_verified ? "account.mail.reset" : "account.mail.verify",
                   .to = customer->email,
                   .customer = *customer,
                   .path = link_path(is_verified ? "reset" : "verify", tokens_.token_of(token.id)),
                   .after = "account.mail.after_link"};
}

Task<std::optional<AccountMail::Letter>> AccountMail::changing(AccountMailEvent event,
                                                               Customer customer) {
  const auto change = co_await tokens_.change_of(database_, event.token);
  if (!change) co_return std::nullopt;
  if (event.kind == AccountMailKind::email_asked) {
    co_return Letter{.key = "account.mail.email_asked", .to = customer.email, .customer = customer};
  }
  if (event.kind == AccountMailKind::email_changed) {
    if (change->former_email.empty()) co_return std::nullopt;
    co_return Letter{
        .key = "account.mail.email_changed", .to = change->former_email, .customer = customer};
  }
  auto transaction = co_await database_.begin();
  const auto owner = co_await store_.verified(transaction, store_.index_of(change->new_email));
  co_await transaction.commit();
  if (owner && *owner != customer.id) {
    co_return Letter{.key = "account.mail.email_taken",
                     .to = change->new_email,
                     .customer = customer,
                     .path = {},
                     .after = "account.mail.after_link"};
  }
  co_return Letter{.key = "account.mail.change_email",
                   .to = change->new_email,
                   .customer = customer,
                   .path = link_path("email/confirm", tokens_.token_of(event.token)),
                   .after = "account.mail.after_link"};
}

AccountMailView AccountMail::view_of(const Letter& letter,
                                     const catalog::PageContext& context) const {
  const catalog::Shop& shop = context.snapshot->shop();
  const std::string& base_url = storefront_.base_url();
  const auto text = [&](const std::string& key) {
    return context.text(key, {{"shop", std::string_view(shop.name)},
                              {"seller_email", std::string_view(shop.seller.email)}});
  };
  AccountMailView view{.language = context.shell->locale,
                       .direction = context.shell->direction,
                       .shop_name = shop.name,
                       .subject = text(letter.key + ".subject"),
                       .title = text(letter.key + ".title"),
                       .greeting = {},
                       .message = text(letter.key + ".message"),
                       .button = {},
                       .button_url = {},
                       .after = text(letter.after),
                       .seller_name = shop.seller.name,
                       .seller_address = shop.seller.address,
                       .seller_email = shop.seller.email,
                       .links = {}};
  const std::string name = letter.customer.name();
  view.greeting = name.empty()
                      ? context.text("account.mail.greeting_nameless")
                      : context.text("account.mail.greeting", {{"name", std::string_view(name)}});
  if (!letter.path.empty()) {
    view.button = text(letter.key + ".button");
    view.button_url = base_url + context.url(letter.path);
  }
  for (const web::LinkView& link : context.shell->legal)
    view.links.push_back({base_url + link.url, link.label, false});
  return view;
}

Task<void> AccountMail::deliver(Letter letter, Uuid event) {
  const auto mailbox = mailbox_of(letter.to);
  auto to = mailbox ? mail::Address::named("", *mailbox) : std::nullopt;
  if (!to) {
    log_.error("an account has no address to write to",
               {{"customer", letter.customer.id.value().to_string()}});
    co_return;
  }
  const auto context = storefront_.at(letter.customer.market_code, letter.customer.locale);
  const auto view = view_of(letter, context);
  mail::Message message{.from = from_,
                        .to = *std::move(to),
                        .subject = view.subject,
                        .html = html_.render(view, *context.texts),
                        .text = text_.render(view, *context.texts),
                        .message_id = event.to_string(),
                        .headers = {{"Auto-Submitted", "auto-generated"}}};
  const auto sent = co_await mailer_.send(std::move(message));
  if (!sent) {
    log_.error("a mail about an account cannot be delivered",
               {{"customer", letter.customer.id.value().to_string()}});
  }
}

}  // namespace osier::identity
