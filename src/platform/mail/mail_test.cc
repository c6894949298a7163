#include "platform/mail/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "platform/async/loop.h"
#include "platform/crypto/crypto.h"
#include "platform/mail/folder_mailer.h"

namespace osier::mail {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr Instant morning{1'795'340'480'000'000us};  // Sun, 22 Nov 2026 09:41:20 UTC.

Address address(std::string_view text) {
  const auto parsed = Address::parse(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

Message confirmation() {
  return {.from = address("The Shop <shop@osier.example>"),
          .to = address("ada@buyer.example"),
          .subject = "Your order 1001",
          .html = "<p>Thank you</p>\n",
          .text = "Thank you\n",
          .message_id = "order-confirmation-1001"};
}

TEST(Address, IsOneMailbox) {
  EXPECT_EQ(address("ada@buyer.example").email(), "ada@buyer.example");
  EXPECT_EQ(address("Ada L <ada@buyer.example>").name(), "Ada L");
  EXPECT_EQ(address("\"L, \\\"Ada\\\"\" <ada@buyer.example>").name(), "L, \"Ada\"");
  EXPECT_EQ(address("shop@localhost").domain(), "localhost");
  EXPECT_EQ(address("a+b.c_d'e@x-y.example").email(), "a+b.c_d'e@x-y.example");
}

// Hardening 114.
TEST(Address, RefusesWhatIsNotOneMailbox) {
  for (const auto* text : {"",
                           "ada",
                           "@x.example",
                           "ada@",
                           "ada@@x.example",
                           "a b@x.example",
                           "ada@x..example",
                           ".ada@x.example",
                           "ada.@x.example",
                           "a..b@x.example",
                           "ada@-x.example",
                           "ada@x_y.example",
                           "ada@x.example,eve@x.example",
                           "ada@x.example eve@x.example",
                           "ada@x.example\r\nBcc: e@x.y",
                           "Ada\r\nBcc: e@x.y <ada@x.example>",
                           "Ada, Eve <ada@x.example>",
                           "a@x.y <ada@x.example>",
                           "Ada <ada@x.example> <eve@x.example>",
                           "group: ada@x.example;",
                           "\"a\" b\" <ada@x.example>",
                           "<ada@x.example",
                           "ad\xC3\xA4@x.example",
                           "ada@\xC3\xA4.example",
                           "ada@x.example\n"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
  EXPECT_FALSE(Address::parse(std::string("ada@x.example\0", 14)));
  EXPECT_FALSE(Address::parse(std::string(65, 'a') + "@x.example"));
  EXPECT_TRUE(Address::parse(std::string(64, 'a') + "@x.example"));
  EXPECT_FALSE(Address::named("Ada\nBcc: eve@x.example", "ada@x.example"));
  EXPECT_TRUE(Address::named("Ada, <script> \"L\"", "ada@x.example"));
}

TEST(Mime, HasBothTextsAndTheHeadersOfAMail) {
  const auto mime = to_mime(confirmation(), morning);
  ASSERT_TRUE(mime);
  EXPECT_THAT(*mime, testing::StartsWith("Date: Sun, 22 Nov 2026 09:41:20 +0000\r\n"
                                         "Message-ID: <order-confirmation-1001@osier.example>\r\n"
                                         "From: The Shop <shop@osier.example>\r\n"
                                         "To: ada@buyer.example\r\n"
                                         "Subject: Your order 1001\r\n"
                                         "MIME-Version: 1.0\r\n"
                                         "Content-Type: multipart/alternative;\r\n boundary="));
  const auto text_at = mime->find(crypto::to_base64("Thank you\r\n"));
  const auto html_at = mime->find(crypto::to_base64("<p>Thank you</p>\r\n"));
  ASSERT_NE(text_at, std::string::npos);
  ASSERT_NE(html_at, std::string::npos);
  EXPECT_LT(text_at, html_at);  // The best comes last (RFC 2046 section 5.1.4).
  EXPECT_EQ(*to_mime(confirmation(), morning), *mime);
}

TEST(Mime, EncodesWhatIsNotAscii) {
  auto message = confirmation();
  message.subject =
      "Gr\xC3\xBC\xC3\x9F"
      "e: Ihre Bestellung \xE2\x80\x9EKorb\xE2\x80\x9C ist da, "
      "vielen Dank f\xC3\xBCr Ihren Einkauf bei uns";
  message.to = *Address::named("J\xC3\xB6rg, <script>", "j@buyer.example");
  message.from = *Address::named("Shop, Inc. \"quoted\"", "shop@osier.example");
  const auto mime = to_mime(message, morning);
  ASSERT_TRUE(mime);
  const auto head = mime->substr(0, mime->find("MIME-Version"));
  EXPECT_THAT(head, HasSubstr("From: \"Shop, Inc. \\\"quoted\\\"\" <shop@osier.example>\r\n"));
  EXPECT_THAT(head, HasSubstr("To: =?UTF-8?B?"));
  EXPECT_THAT(head, HasSubstr("<j@buyer.example>\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("script")));

  // The subject comes back from its words, each of whole characters.
  std::string decoded;
  const std::string start = "=?UTF-8?B?";
  for (auto at = head.find(start, head.find("Subject:")); at != std::string::npos;
       at = head.find(start, at + 1)) {
    const auto begin = at + start.size();
    const auto word = crypto::from_base64(head.substr(begin, head.find("?=", begin) - begin));
    ASSERT_TRUE(word);
    EXPECT_NE(word->front() & 0xC0, 0x80);
    decoded += *word;
  }
  EXPECT_EQ(decoded, message.subject);
}

TEST(Mime, HasNoLongLines) {
  auto message = confirmation();
  message.html = std::string(100'000, 'x');
  message.subject = std::string(300, 's');
  for (int i = 0; i < 60; ++i) message.subject += " word";
  message.headers = {{"List-Unsubscribe",
                      "<https://osier.example/unsubscribe/0123456789>, "
                      "<mailto:unsubscribe@osier.example?subject=stop>"}};
  const auto mime = to_mime(message, morning);
  ASSERT_TRUE(mime);
  std::size_t begin = 0;
  while (begin < mime->size()) {
    const auto end = mime->find("\r\n", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - begin, 78u) << mime->substr(begin, end - begin);
    begin = end + 2;
  }
}

TEST(Mime, RefusesHeadersThatBreakOut) {
  auto message = confirmation();
  message.subject = "Hello\r\nBcc: eve@evil.example";
  EXPECT_EQ(to_mime(message, morning).error(), MailRefusal::line_break_in_header);

  const std::pair<std::pair<std::string, std::string>, MailRefusal> cases[] = {
      {{"X-Order", "1\nBcc: e@x.y"}, MailRefusal::line_break_in_header},
      {{"X-Order\r\nBcc", "e@x.y"}, MailRefusal::line_break_in_header},
      {{"X Order", "1"}, MailRefusal::header_invalid},
      {{"X-Order:", "1"}, MailRefusal::header_invalid},
      {{"", "1"}, MailRefusal::header_invalid},
      {{"BCC", "e@x.y"}, MailRefusal::header_invalid},
      {{"Content-Type", "text/plain"}, MailRefusal::header_invalid},
      {{"X-Order", std::string(901, 'x')}, MailRefusal::header_invalid},
  };
  for (const auto& [header, refusal] : cases) {
    message = confirmation();
    message.headers.push_back(header);
    const auto mime = to_mime(message, morning);
    ASSERT_FALSE(mime) << header.first;
    EXPECT_EQ(mime.error(), refusal) << header.first;
  }
}

TEST(Mime, RefusesMailsWithoutKeyOrBody) {
  for (const auto* id : {"", "a b", "a@b@c", "@b", "a@", "a>b", "a\r\n"}) {
    auto message = confirmation();
    message.message_id = id;
    EXPECT_EQ(to_mime(message, morning).error(), MailRefusal::message_id_invalid) << id;
  }
  auto message = confirmation();
  message.html.clear();
  EXPECT_THAT(*to_mime(message, morning), HasSubstr("Content-Type: text/plain"));
  message.text.clear();
  EXPECT_EQ(to_mime(message, morning).error(), MailRefusal::empty_body);
}

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "osier_mail_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Task<void> send_to(Mailer& mailer, Message message, std::optional<MailRefusal>& refusal) {
  const auto sent = co_await mailer.send(std::move(message));
  if (!sent) refusal = sent.error();
}

std::optional<MailRefusal> refusal_of(Mailer& mailer, Message message) {
  std::optional<MailRefusal> refusal;
  run_to_end(send_to(mailer, std::move(message), refusal));
  return refusal;
}

TEST(FolderMailer, KeepsMailsAndListsTheNewestFirst) {
  const Folder folder;
  ManualClock clock(morning);
  FolderMailer mailer(folder.path() / "mail", clock);
  EXPECT_TRUE(mailer.list().empty());

  for (int i = 1; i <= 3; ++i) {
    auto message = confirmation();
    message.message_id = "order-" + std::to_string(i);
    message.subject = "Order " + std::to_string(i);
    EXPECT_EQ(refusal_of(mailer, message), std::nullopt);
    clock.advance(1s);
  }

  const auto mails = mailer.list();
  ASSERT_EQ(mails.size(), 3u);
  EXPECT_EQ(mails[0].subject, "Order 3");
  EXPECT_EQ(mails[2].subject, "Order 1");
  EXPECT_EQ(mails[2].sent_at, morning);
  EXPECT_EQ(mails[0].to, "ada@buyer.example");
  EXPECT_EQ(mails[0].from, "The Shop <shop@osier.example>");
  EXPECT_EQ(mailer.list(2).size(), 2u);

  const auto mail = mailer.read(mails[0].name);
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->html, "<p>Thank you</p>\n");
  EXPECT_EQ(mail->text, "Thank you\n");
  EXPECT_THAT(mailer.read_eml(mails[0].name).value_or(""), HasSubstr("Subject: Order 3\r\n"));
}

TEST(FolderMailer, KeepsOneMailPerMessageId) {
  const Folder folder;
  const ManualClock clock(morning);
  FolderMailer mailer(folder.path(), clock);
  refusal_of(mailer, confirmation());
  refusal_of(mailer, confirmation());
  EXPECT_EQ(mailer.list().size(), 1u);
}

TEST(FolderMailer, ReadsOnlyItsOwnFiles) {
  const Folder folder;
  const ManualClock clock(morning);
  std::ofstream(folder.path() / "secret.json") << "{}";
  std::ofstream(folder.path() / "0123456789abcdef0123456789abcdef.json") << "broken";
  FolderMailer mailer(folder.path(), clock);
  EXPECT_FALSE(mailer.read("secret"));
  EXPECT_FALSE(mailer.read("../mail/secret"));
  EXPECT_FALSE(mailer.read(""));
  EXPECT_FALSE(mailer.read("0123456789abcdef0123456789abcdef"));
  EXPECT_FALSE(mailer.read_eml("../../../../../../../etc/passwd"));
  EXPECT_TRUE(mailer.list().empty());
}

TEST(FolderMailer, SaysWhenItsFolderCannotBeWritten) {
  const ManualClock clock(morning);
  FolderMailer mailer("/dev/null/mail", clock);
  EXPECT_THROW(refusal_of(mailer, confirmation()), Unreachable);
  auto message = confirmation();
  message.subject = "a\nb";
  EXPECT_EQ(refusal_of(mailer, message), MailRefusal::line_break_in_header);
}

}  // namespace
}  // namespace osier::mail
