#include "identity/staff_mail.h"

#include <stdexcept>

namespace osier::identity {

namespace {

mail::Address staff_mail_sender(const std::string& from) {
  auto address = mail::Address::parse(from);
  if (!address) throw std::invalid_argument("OSIER_MAIL_FROM is not one e-mail address");
  return *std::move(address);
}

}  // namespace

StaffMail::StaffMail(Staff& staff, mail::Mailer& mailer, html::Engine& engine,
                     const locale::Catalogue& texts, telemetry::Log& log, Settings settings)
    : staff_(staff),
      mailer_(mailer),
      texts_(texts),
      log_(log),
      settings_(std::move(settings)),
      from_(staff_mail_sender(settings_.from)),
      html_(engine.page<StaffMailView>("staff_mail.html")),
      text_(engine.page<StaffMailView>("staff_mail.txt")) {}

const locale::Messages& StaffMail::texts_for(const StaffMember& member) const {
  return texts_.in(locale::Locale::parse(member.locale).value_or(locale::Locale{}));
}

StaffMailView StaffMail::view_of(const StaffMember& member, std::string_view what) const {
  const locale::Messages& texts = texts_for(member);
  const std::string shop = settings_.shop_name();
  const std::string key = "mail.staff." + std::string(what);
  const std::initializer_list<locale::Argument> words = {{"name", std::string_view(member.name)},
                                                         {"shop", std::string_view(shop)}};
  StaffMailView view;
  view.language = texts.locale().tag();
  view.direction = texts.locale().is_right_to_left() ? "rtl" : "ltr";
  view.shop_name = shop;
  view.subject = texts.text(key + ".subject", words);
  view.greeting = texts.text("mail.staff.greeting", words);
  view.message = texts.text(key + ".message", words);
  view.note = texts.text("mail.staff.note");
  return view;
}

Task<void> StaffMail::send(StaffMember to, StaffMailView view, std::string message_id) {
  auto address = mail::Address::named(to.name, to.email);
  if (!address) address = mail::Address::named("", to.email);
  if (!address) {
    log_.error("a mail to staff has no address", {{"member", to.id.value().to_string()}});
    co_return;
  }
  const locale::Messages& texts = texts_for(to);
  mail::Message message{.from = from_,
                        .to = *std::move(address),
                        .subject = view.subject,
                        .html = html_.render(view, texts),
                        .text = text_.render(view, texts),
                        .message_id = std::move(message_id),
                        .headers = {{"Auto-Submitted", "auto-generated"}}};
  const auto sent = co_await mailer_.send(std::move(message));
  if (!sent) log_.error("a mail to staff was refused", {{"member", to.id.value().to_string()}});
}

Task<void> StaffMail::send_invitation(jobs::Event event) {
  std::string message_id = event.id.to_string();
  if (settings_.portal_url.empty()) {
    log_.error("an invitation cannot be mailed: set OSIER_ADMIN_BASE_URL");
    co_return;
  }
  auto invitation = co_await staff_.token_for_mail(std::move(event));
  if (!invitation) co_return;
  auto view = view_of(invitation->member, "invited");
  view.link = {.url = settings_.portal_url + "/admin/invitation/" + invitation->token,
               .label = texts_for(invitation->member).text("mail.staff.invited.link")};
  co_await send(std::move(invitation->member), std::move(view), std::move(message_id));
}

Task<void> StaffMail::send_news(jobs::Event event) {
  const auto notice = notice_of(event);
  if (!notice || notice->account.realm != Realm::staff) co_return;
  auto member = co_await staff_.find(StaffId{notice->account.id});
  if (!member) co_return;
  auto view = view_of(*member, to_string(notice->news));
  view.link = {.url = settings_.portal_url + "/admin/account",
               .label = texts_for(*member).text("mail.staff.account")};
  co_await send(*std::move(member), std::move(view), event.id.to_string());
}

}  // namespace osier::identity
