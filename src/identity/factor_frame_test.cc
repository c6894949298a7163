#include "identity/factor_frame.h"

#include <gtest/gtest.h>

#include <span>

#include "identity/qr_code.h"
#include "platform/base/embedded_file.h"
#include "platform/locale/messages.h"
#include "web/admin_shell.h"
#include "web/shell.h"

namespace osier {
std::span<const EmbeddedFile> web_templates();
std::span<const EmbeddedFile> web_texts();
std::span<const EmbeddedFile> identity_templates();
std::span<const EmbeddedFile> identity_texts();
}  // namespace osier

namespace osier::identity {
namespace {

struct Theme {
  static html::Sources sources() {
    html::Sources all;
    all.add(web_templates());
    all.add(identity_templates());
    return all;
  }
  static std::vector<locale::TextFile> files() {
    auto all = locale::text_files(web_texts());
    for (auto& file : locale::text_files(identity_texts())) all.push_back(std::move(file));
    return all;
  }

  locale::Catalogue texts{files()};
  html::Engine engine{sources(), texts};
  FactorFrame<web::Shell, web::Head> shop{engine, ""};
  FactorFrame<web::AdminShell, web::AdminHead> admin{engine, "admin_"};

  // In both frames.
  std::string rendered(const FactorContent& content, const char* language) {
    const auto& in = texts.in(*locale::Locale::parse(language));
    web::AdminHead head;
    head.title = title_of(content);
    return shop.show(200, content, std::make_shared<const web::Shell>(), {}, in).body +
           admin.show(200, content, std::make_shared<const web::AdminShell>(), head, in).body;
  }
};

const std::string nasty = R"(<img src=x onerror=alert(1)> "O'Neill" مفتاح)";

TEST(FactorPages, FitTheirViewsInBothFramesAndEscapeWhatPeopleTyped) {
  Theme theme;
  PasskeyFormView form;
  form.ceremony = "get";
  form.problem = nasty;
  FactorQuestionView question;
  question.error = nasty;
  question.next = nasty;
  question.has_app = question.has_password = question.has_recovery = true;
  question.passkey = {form};
  FactorOverviewView overview;
  overview.passkeys = {{.name = nasty, .detail = nasty, .url = "/account/security/passkeys/1"}};
  overview.app_detail = overview.codes_detail = nasty;
  AppSetUpView app;
  app.qr_code = qr_code_svg(nasty, nasty).value();
  app.secret = app.error = nasty;
  FactorChangeView change;
  change.title = change.name = change.remove_error = nasty;
  change.rename_url = "/account/security/passkeys/1";
  change.asks_password = true;
  PasskeyAddView add;
  add.error = nasty;
  add.form = form;
  RecoveryCodesView codes;
  codes.codes = {nasty};
  for (const FactorContent& content :
       std::initializer_list<FactorContent>{question, overview, app, change, add, codes}) {
    for (const char* language : {"en", "de"}) {
      const std::string page = theme.rendered(content, language);
      EXPECT_EQ(page.find("<img src=x"), std::string::npos);
      EXPECT_EQ(page.find("style=\""), std::string::npos);
      EXPECT_NE(page.find("&lt;img src=x"), std::string::npos) << page;
    }
  }
}

// Every field is labelled, and what is wrong is said where it is.
TEST(FactorPages, PointFromAWrongFieldToWhatIsWrong) {
  Theme theme;
  FactorQuestionView question;
  question.has_app = true;
  question.error = "This code is not right.";
  question.wrong_field = "code";
  const std::string page = theme.rendered(question, "en");
  EXPECT_NE(page.find(R"(<label for="code">)"), std::string::npos);
  EXPECT_NE(page.find(R"(aria-invalid="true" aria-describedby="factor-error")"), std::string::npos);
  EXPECT_NE(page.find(R"(id="factor-error")"), std::string::npos);
  EXPECT_NE(page.find(R"(autocomplete="one-time-code")"), std::string::npos);
}

TEST(FactorPages, HaveEveryTextInEveryLanguage) {
  const Theme theme;
  for (const auto& missing : theme.texts.missing_keys())
    ADD_FAILURE() << missing.locale.tag() << " lacks " << missing.key;
}

}  // namespace
}  // namespace osier::identity
