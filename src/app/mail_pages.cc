#include "app/mail_pages.h"

#include "platform/html/writer.h"

namespace osier::app {

namespace {

using html::Html;
using html::Markup;
using html::Writer;

// The pages load nothing; a mail's HTML brings its own inline styles and is framed without scripts.
http::Response page(const std::string& title, const std::string& body) {
  Writer writer(Markup::html);
  writer.open("html", {{"lang", "en"}}).open("head");
  writer.empty("meta", {{"charset", "utf-8"}});
  writer.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  writer.element("title", title).close();
  writer.open(
      "body",
      {{"style",
        "font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem"}});
  writer.element("h1", title).raw(Html::trusted(body)).close().close();
  auto response = http::html(200, "<!doctype html>\n" + writer.finish());
  response.headers.set("Cache-Control", "no-store");
  response.headers.set(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; img-src http: https:; frame-src 'self'");
  return response;
}

Task<http::Response> list_mails(const mail::FolderMailer& mails) {
  Writer writer(Markup::html);
  writer.open("table", {{"style", "width:100%;border-collapse:collapse;text-align:left"}})
      .open("tr");
  for (const char* head : {"Sent", "To", "Subject"}) writer.element("th", head);
  writer.close();
  const auto all = mails.list();
  for (const mail::StoredMail& mail : all) {
    writer.open("tr")
        .element("td", to_rfc3339(mail.sent_at).substr(0, 19))
        .element("td", mail.to)
        .open("td");
    writer.element("a", mail.subject, {{"href", "/mails/" + mail.name}}).close().close();
  }
  writer.close();
  if (all.empty()) writer.element("p", "No mail has been written yet.");
  co_return page("Mails", writer.finish());
}

Task<http::Response> show_mail(const mail::FolderMailer& mails, std::string name) {
  const auto mail = mails.read(name);
  if (!mail) co_return http::text(404, "There is no such mail.\n");
  Writer writer(Markup::html);
  writer.open("p")
      .text("From " + mail->from + " to " + mail->to + ", " + to_rfc3339(mail->sent_at))
      .close();
  if (!mail->html.empty()) {
    writer.element("iframe", "",
                   {{"src", "/mails/" + name + "/html"},
                    {"sandbox", ""},
                    {"title", "The mail as HTML"},
                    {"style", "width:100%;height:40rem;border:1px solid #ccc"}});
  }
  writer.element("h2", "As text").element("pre", mail->text, {{"style", "white-space:pre-wrap"}});
  writer.open("p")
      .element("a", "The mail as it is sent", {{"href", "/mails/" + name + "/eml"}})
      .close();
  co_return page(mail->subject, writer.finish());
}

Task<http::Response> show_html(const mail::FolderMailer& mails, std::string name) {
  const auto mail = mails.read(name);
  if (!mail || mail->html.empty()) co_return http::text(404, "There is no such mail.\n");
  auto response = http::html(200, mail->html);
  response.headers.set(
      "Content-Security-Policy",
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src http: https:");
  co_return response;
}

Task<http::Response> show_eml(const mail::FolderMailer& mails, std::string name) {
  auto eml = mails.read_eml(name);
  if (!eml) co_return http::text(404, "There is no such mail.\n");
  auto response = http::text(200, std::move(*eml));
  response.headers.set("Content-Type", "message/rfc822");
  co_return response;
}

}  // namespace

void add_mail_pages(http::Router& router, const mail::FolderMailer& mails) {
  router.get("/mails", http::Access::operators(),
             [&mails](http::Request) { return list_mails(mails); });
  router.get("/mails/{name}", http::Access::operators(),
             [&mails](http::Request request) { return show_mail(mails, request.path_value(0)); });
  router.get("/mails/{name}/html", http::Access::operators(),
             [&mails](http::Request request) { return show_html(mails, request.path_value(0)); });
  router.get("/mails/{name}/eml", http::Access::operators(),
             [&mails](http::Request request) { return show_eml(mails, request.path_value(0)); });
}

}  // namespace osier::app
