// The six pages of second factors, each in the frame of one realm: the storefront's, whose head is
// web::Head, or the admin portal's. Internal to the room.

#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <variant>

#include "identity/factor_page.h"
#include "platform/html/engine.h"
#include "platform/http/message.h"

namespace osier::identity {

template <class Shell, class Head>
class FactorFrame {
 public:
  // The templates are named as their contents, after `prefix`. Throws html::TemplateError.
  FactorFrame(html::Engine& engine, const std::string& prefix)
      : pages_(engine.page<Framed<FactorQuestionView>>(prefix + "factor_question.html"),
               engine.page<Framed<FactorOverviewView>>(prefix + "factor_overview.html"),
               engine.page<Framed<AppSetUpView>>(prefix + "app_set_up.html"),
               engine.page<Framed<PasskeyAddView>>(prefix + "passkey_add.html"),
               engine.page<Framed<FactorChangeView>>(prefix + "factor_change.html"),
               engine.page<Framed<RecoveryCodesView>>(prefix + "recovery_codes.html")) {}

  http::Response show(int status, const FactorContent& content, std::shared_ptr<const Shell> shell,
                      Head head, const locale::Messages& texts) const {
    return std::visit(
        [&](const auto& page) {
          using Content = std::decay_t<decltype(page)>;
          const Framed<Content> view{
              .shell = std::move(shell), .head = std::move(head), .page = page};
          return http::html(status,
                            std::get<html::Page<Framed<Content>>>(pages_).render(view, texts));
        },
        content);
  }

 private:
  template <class Content>
  struct Framed {
    std::shared_ptr<const Shell> shell;
    Head head;
    Content page;

    static constexpr auto fields() {
      return html::fields<Framed>(html::field("shell", &Framed::shell),
                                  html::field("head", &Framed::head),
                                  html::field("page", &Framed::page));
    }
  };

  std::tuple<html::Page<Framed<FactorQuestionView>>, html::Page<Framed<FactorOverviewView>>,
             html::Page<Framed<AppSetUpView>>, html::Page<Framed<PasskeyAddView>>,
             html::Page<Framed<FactorChangeView>>, html::Page<Framed<RecoveryCodesView>>>
      pages_;
};

// The title of whichever page it is.
inline std::string title_of(const FactorContent& content) {
  return std::visit([](const auto& page) { return page.title; }, content);
}

}  // namespace osier::identity
