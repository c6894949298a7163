#include "app/demo_staff.h"

#include <fstream>
#include <stdexcept>

#include "identity/totp.h"
#include "platform/crypto/crypto.h"
#include "platform/html/writer.h"
#include "platform/json/value.h"

namespace osier::app {

namespace {

constexpr const char* demo_email = "owner@alder-and-loom.example";

std::filesystem::path file_in(const std::filesystem::path& data) {
  return data / "demo_staff.json";
}

void write(const std::filesystem::path& path, const DemoStaff& staff) {
  const json::Object object{{"email", staff.email},
                            {"password", staff.password.reveal()},
                            {"seed", crypto::to_base64(staff.seed.reveal())}};
  std::ofstream file(path);
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  file << json::to_text(object) << '\n';
  file.close();
  if (!file) throw std::runtime_error(path.string() + " cannot be written");
}

// They come in as anybody does, by an invitation.
Task<Secret> join(identity::Staff& staff, identity::Invitation invitation, Secret password,
                  const Clock& clock) {
  const auto joined = co_await staff.join(invitation.token, password.reveal(), {});
  if (!joined) throw std::runtime_error("the demo staff's password was refused");
  const bool is_offered = co_await staff.factors().offer_app(joined->session);
  require(is_offered, "who has no second factor may set one up");
  const auto offered = co_await staff.factors().offered_app(joined->session.account);
  require(offered.has_value(), "what was offered is there");
  // The step before, so that the code of this moment still counts.
  std::string code = identity::totp_code(offered->seed, identity::totp_step_at(clock.now()) - 1);
  const auto added = co_await staff.factors().add_app(joined->session, std::move(code), {});
  if (!added) throw std::runtime_error("the demo staff's authenticator app was refused");
  co_return offered->seed;
}

}  // namespace

Task<void> make_demo_staff(Shop& shop) {
  identity::Staff& staff = *shop.staff;
  if (!(co_await staff.members()).empty()) co_return;
  const auto roles = co_await staff.roles();
  const auto owner = std::ranges::find_if(roles, &identity::Role::is_owner);
  require(owner != roles.end(), "there is an owner's role");
  identity::NewStaffMember member{.email = demo_email, .name = "Robin Alder", .roles = {owner->id}};
  auto invitation = co_await staff.invite(identity::StaffActor::console("osier serve --seed-demo"),
                                          std::move(member), identity::Delivery::by_hand);
  if (!invitation) throw std::runtime_error("the demo staff could not be invited");
  DemoStaff demo{.email = demo_email, .password = Secret(shop.random.token(9)), .seed = {}};
  demo.seed = co_await join(staff, *std::move(invitation), demo.password, shop.clock);
  write(file_in(shop.config.data), demo);
}

std::optional<DemoStaff> read_demo_staff(const std::filesystem::path& data) {
  std::ifstream file(file_in(data));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto value = json::parse(text);
  if (!value) return std::nullopt;
  json::Reader reader(*value);
  auto email = reader.string("email", {.required = true});
  auto password = reader.string("password", {.required = true});
  const auto seed = reader.string("seed", {.required = true});
  if (!reader.ok()) return std::nullopt;
  auto bytes = crypto::from_base64(*seed);
  if (!bytes) return std::nullopt;
  return DemoStaff{.email = *std::move(email),
                   .password = Secret(*std::move(password)),
                   .seed = Secret(*std::move(bytes))};
}

static Task<http::Response> show(const DemoStaff& staff, const std::string& portal_url,
                                 Instant now) {
  using html::Writer;
  Writer writer(html::Markup::html);
  writer.open("html", {{"lang", "en"}}).open("head");
  writer.empty("meta", {{"charset", "utf-8"}});
  writer.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  writer.empty("meta", {{"http-equiv", "refresh"}, {"content", "5"}});
  writer.element("title", "Demo staff").close();
  writer.open(
      "body",
      {{"style",
        "font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem"}});
  writer.element("h1", "Demo staff");
  writer.open("p").text("Sign in at ");
  writer.element("a", portal_url + "/admin", {{"href", portal_url + "/admin"}}).text(" with:");
  writer.close().open("dl");
  const auto row = [&writer](const char* name, const std::string& value) {
    writer.element("dt", name).open("dd").element("code", value).close();
  };
  const auto seconds =
      30 - std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count() % 30;
  row("E-mail", staff.email);
  row("Password", staff.password.reveal());
  row("Six-digit code", identity::totp_code(staff.seed, identity::totp_step_at(now)));
  row("Key, for an authenticator app of your own", identity::typed_form_of(staff.seed));
  writer.close().element("p", "The next code comes in " + std::to_string(seconds) +
                                  " s. Each code works once. This page is there in development "
                                  "alone.");
  writer.close().close();
  auto response = http::html(200, "<!doctype html>\n" + writer.finish());
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  co_return response;
}

void add_demo_staff_page(http::Router& ops, DemoStaff staff, std::string portal_url,
                         const Clock& clock) {
  const auto shared = std::make_shared<const DemoStaff>(std::move(staff));
  ops.get("/demo-staff", http::Access::operators(), [shared, portal_url, &clock](http::Request) {
    return show(*shared, portal_url, clock.now());
  });
}

std::string describe(const DemoStaff& staff, const std::string& ops_url) {
  return "  Demo staff  " + staff.email + ", password " + staff.password.reveal() +
         ",\n              codes at " + ops_url + "/demo-staff\n";
}

}  // namespace osier::app
