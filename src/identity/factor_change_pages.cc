// The pages on which a second factor gets another name, goes away, or gets new recovery codes.

#include <algorithm>

#include "identity/factor_pages.h"
#include "identity/factor_words.h"
#include "identity/passkey_name.h"
#include "identity/step_up.h"

namespace osier::identity {

using Reason = FactorRefusal::Reason;

namespace {

bool is_last(const FactorsOfAccount& factors) {
  return factors.passkeys.size() + (factors.app ? 1 : 0) == 1;
}

std::string typed_in(const http::Parameters& form, std::string_view field) {
  return std::string(form.get(field).value_or(""));
}

}  // namespace

// What is said before a factor goes, and what is asked for.
Task<FactorChangeView> FactorPages::change_view(FactorVisit visit, AccountRef account,
                                                FactorsOfAccount factors) {
  FactorChangeView view;
  view.form_token = visit.form_token;
  view.back = link(visit, paths_.security, "factor.back");
  if (!is_last(factors)) {
    view.remove_lead = visit.text("factor.remove.lead");
  } else if (account.realm == Realm::staff) {
    view.remove_lead = visit.text("factor.error.last_factor");
    view.can_remove = false;
  } else {
    view.asks_password = co_await factors_.accounts().has_password(account);
    view.remove_lead = visit.text("factor.remove.last_lead");
  }
  co_return view;
}

Task<http::Response> FactorPages::show_app_removal(FactorVisit visit, http::Request request,
                                                   Door door) {
  const std::string path = paths_.security + "/app/remove";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  const auto session = co_await session_of(request, door);
  const auto factors = co_await factors_.of(session->account);
  if (!factors.app) co_return http::redirect(visit.url(paths_.security));
  auto view = co_await change_view(visit, session->account, factors);
  view.title = visit.text("factor.remove.app_title");
  view.remove_url = visit.url(path);
  co_return visit.show(200, view);
}

Task<http::Response> FactorPages::remove_app(FactorVisit visit, http::Request request, Door door) {
  const auto session = co_await session_of(request, door);
  const auto form = http::Parameters::parse(request.body);
  if (!form) co_return visit.error_page(400);
  const std::string path = paths_.security + "/app/remove";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  request.body.clear();
  const auto removed = co_await factors_.remove_app(session->account, typed_in(*form, "password"),
                                                    std::move(request));
  const std::string overview = visit.url(paths_.security);
  if (removed) co_return http::redirect(overview + "?done=app_removed");
  const auto factors = co_await factors_.of(session->account);
  if (!factors.app) co_return http::redirect(overview);
  auto view = co_await change_view(visit, session->account, factors);
  view.title = visit.text("factor.remove.app_title");
  view.remove_url = visit.url(path);
  view.remove_error = words_for(removed.error(), "password", visit);
  co_return with_retry_after(visit.show(status_of(removed.error()), view), removed.error());
}

// The page of one passkey; nothing if it is not the account's.
Task<std::optional<FactorChangeView>> FactorPages::passkey_view(FactorVisit visit,
                                                                AccountRef account,
                                                                std::string id) {
  const auto factors = co_await factors_.of(account);
  const auto passkey = std::ranges::find_if(
      factors.passkeys, [&](const Passkey& each) { return each.id.value().to_string() == id; });
  if (passkey == factors.passkeys.end()) co_return std::nullopt;
  auto view = co_await change_view(visit, account, factors);
  const std::string url = visit.url(paths_.security + "/passkeys/" + id);
  view.title = passkey->name;
  view.name = passkey->name;
  view.rename_url = url;
  view.remove_url = url + "/remove";
  co_return view;
}

Task<http::Response> FactorPages::show_passkey(FactorVisit visit, http::Request request,
                                               Door door) {
  const std::string path = paths_.security + "/passkeys/" + request.path_value(0);
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  const auto session = co_await session_of(request, door);
  const auto view = co_await passkey_view(visit, session->account, request.path_value(0));
  if (!view) co_return visit.error_page(404);
  co_return visit.show(200, *view);
}

Task<http::Response> FactorPages::rename_passkey(FactorVisit visit, http::Request request,
                                                 Door door) {
  const auto session = co_await session_of(request, door);
  const auto form = http::Parameters::parse(request.body);
  const auto id = Uuid::parse(request.path_value(0));
  if (!form) co_return visit.error_page(400);
  if (!id) co_return visit.error_page(404);
  const auto name = passkey_name(form->get("name").value_or(""));
  if (name) {
    const auto renamed = co_await factors_.rename_passkey(session->account, PasskeyId{*id}, *name);
    if (!renamed) co_return visit.error_page(404);
    co_return http::redirect(visit.url(paths_.security) + "?done=passkey_renamed");
  }
  auto view = co_await passkey_view(visit, session->account, id->to_string());
  if (!view) co_return visit.error_page(404);
  view->name = typed_in(*form, "name");
  view->name_error = visit.text("factor.error.bad_name");
  co_return visit.show(422, *view);
}

Task<http::Response> FactorPages::remove_passkey(FactorVisit visit, http::Request request,
                                                 Door door) {
  const auto session = co_await session_of(request, door);
  const auto form = http::Parameters::parse(request.body);
  const auto id = Uuid::parse(request.path_value(0));
  if (!form) co_return visit.error_page(400);
  if (!id) co_return visit.error_page(404);
  const std::string path = paths_.security + "/passkeys/" + id->to_string();
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  request.body.clear();
  const auto removed = co_await factors_.remove_passkey(
      session->account, PasskeyId{*id}, typed_in(*form, "password"), std::move(request));
  if (removed) co_return http::redirect(visit.url(paths_.security) + "?done=passkey_removed");
  auto view = co_await passkey_view(visit, session->account, id->to_string());
  if (!view) co_return visit.error_page(404);
  view->remove_error = words_for(removed.error(), "password", visit);
  co_return with_retry_after(visit.show(status_of(removed.error()), *view), removed.error());
}

Task<http::Response> FactorPages::show_codes(FactorVisit visit, http::Request request, Door door) {
  const std::string path = paths_.security + "/recovery-codes";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  const auto session = co_await session_of(request, door);
  const auto factors = co_await factors_.of(session->account);
  if (!factors.any()) co_return http::redirect(visit.url(paths_.security));
  RecoveryCodesView view;
  view.title = visit.text("factor.codes.title");
  view.lead = visit.text("factor.codes.left", {{"count", factors.recovery_codes_left}});
  view.renew_url = visit.url(path);
  view.form_token = visit.form_token;
  view.on = link(visit, paths_.security, "factor.back");
  co_return visit.show(200, view);
}

Task<http::Response> FactorPages::renew_codes(FactorVisit visit, http::Request request, Door door) {
  const auto session = co_await session_of(request, door);
  const std::string path = paths_.security + "/recovery-codes";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  request.body.clear();
  const auto codes = co_await factors_.renew_recovery_codes(session->account, std::move(request));
  if (!codes) co_return http::redirect(visit.url(paths_.security));
  RecoveryCodesView view;
  view.title = visit.text("factor.codes.title");
  view.lead = visit.text("factor.codes.new_lead");
  for (const Secret& code : *codes) view.codes.push_back(code.reveal());
  view.on = link(visit, paths_.security, "factor.codes.kept");
  co_return visit.show(200, view);
}

}  // namespace osier::identity
