// The pages on which second factors are set up, changed and proved: the same for customers and
// staff, who differ in where their pages are and what surrounds them.
//
//   GET  POST {sign_in}/second-factor?next=      a code, after the first factor
//   POST {sign_in}/second-factor/passkey         or a passkey; …/passkey/options for the script
//   POST {sign_in}/passkey                       a passkey alone; …/passkey/options
//   GET  {sign_in}/set-up and all below          of staff who have none yet: as below {security}
//   GET  {security}                              what there is
//   GET  POST {security}/app                     an authenticator app; GET POST …/app/remove
//   GET  POST {security}/passkeys/new            …/new/options for the script
//   GET  POST {security}/passkeys/{id}           its name; POST …/{id}/remove
//   GET  POST {security}/recovery-codes
//   GET  POST {confirm}?next=                    once more; POST …/passkey, …/passkey/options
//
// What changes something asks for a recent proof first (step_up.h).

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "identity/factor_page.h"
#include "identity/second_factor.h"
#include "platform/http/client_address.h"
#include "platform/http/rate_limit.h"
#include "platform/locale/messages.h"

namespace osier::identity {

// Where a realm's pages are, without what stands for a place before them.
struct FactorPaths {
  std::string sign_in;   // "/account/sign-in"
  std::string security;  // "/account/second-factors"
  std::string confirm;   // "/account/confirm"
  std::string home;      // "/account"
};

// How a realm's sessions travel.
struct FactorCookies {
  std::function<std::optional<std::string>(const http::Request&)> token;
  std::function<void(http::Response&, const std::string& token)> set;
};

// One request, in the frame of its realm. Valid for that request.
struct FactorVisit {
  const locale::Messages* texts = nullptr;
  std::function<std::string(std::string_view path)> url;
  std::function<std::string(Instant)> date;
  std::string form_token;  // Of realms whose forms have one.
  std::function<http::Response(int status, const FactorContent&)> show;
  std::function<http::Response(int status)> error_page;

  std::string text(std::string_view key,
                   std::initializer_list<locale::Argument> arguments = {}) const {
    return texts->text(key, arguments);
  }
};

class FactorPages {
 public:
  // Factors and sessions outlive it. `script_url`: of passkeys.js. `exempt`: networks whose
  // requests are not counted.
  FactorPages(SecondFactors& factors, Sessions& sessions, FactorPaths paths, FactorCookies cookies,
              std::string script_url, const Clock& clock, Random& random,
              http::TrustedProxies exempt);

  const FactorPaths& paths() const { return paths_; }

  // Whose session a page is for.
  enum class Door {
    nobody,   // Who signs in by a passkey alone.
    pending,  // After the first factor.
    set_up,   // The same, of staff who have no factor yet.
    open,     // Of who is signed in: the route's access names a person.
  };
  using Page = Task<http::Response> (FactorPages::*)(FactorVisit, http::Request, Door);
  // All pages, with the path below that of their door, for whoever adds them to a router.
  struct Entry {
    http::Method method;
    std::string path;
    Door door;
    Page page;
  };
  std::vector<Entry> entries() const;

  // A button for the page on which people sign in; none where there are no passkeys.
  std::vector<PasskeyFormView> sign_in_button(const FactorVisit& visit,
                                              const std::string& next) const;

 private:
  Task<http::Response> show_question(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> take_code(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> give_options(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> take_passkey(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> give_sign_in_options(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> sign_in(FactorVisit visit, http::Request request, Door door);

  Task<http::Response> show_overview(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> show_app(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> add_app(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> show_app_removal(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> remove_app(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> show_new_passkey(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> give_new_options(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> add_passkey(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> show_passkey(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> rename_passkey(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> remove_passkey(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> show_codes(FactorVisit visit, http::Request request, Door door);
  Task<http::Response> renew_codes(FactorVisit visit, http::Request request, Door door);

  // Helpers.
  Task<std::optional<Session>> session_of(const http::Request& request, Door door);
  http::Response lead_to_sign_in(const FactorVisit& visit, const http::Request& request) const;
  std::string base_of(Door door) const;
  std::optional<http::Response> ask_first(const FactorVisit& visit, const http::Request& request,
                                          Door door, const std::string& path) const;
  std::string next_of(const FactorVisit& visit, const http::Parameters& parameters) const;
  http::Response on(const FactorVisit& visit, const OpenedSession& opened,
                    const std::string& location) const;
  http::Response show_added(const FactorVisit& visit, const SecondFactors::Added& added, Door door,
                            std::string_view done) const;
  Task<http::Response> ask_again(FactorVisit visit, Session session, Door door, std::string next,
                                 FactorRefusal refusal, std::string field);
  Task<FactorQuestionView> question(FactorVisit visit, Session session, Door door,
                                    std::string next);
  Task<FactorChangeView> change_view(FactorVisit visit, AccountRef account,
                                     FactorsOfAccount factors);
  Task<std::optional<FactorChangeView>> passkey_view(FactorVisit visit, AccountRef account,
                                                     std::string id);
  PasskeyFormView passkey_form(const FactorVisit& visit, std::string ceremony,
                               const std::string& action, std::string next) const;
  web::LinkView link(const FactorVisit& visit, const std::string& path, std::string_view key) const;

  SecondFactors& factors_;
  Sessions& sessions_;
  FactorPaths paths_;
  FactorCookies cookies_;
  std::string script_url_;
  const Clock& clock_;
  http::TrustedProxies exempt_;
  http::RateLimit questions_;  // Of who signs in by a passkey, by address range.
};

}  // namespace osier::identity
