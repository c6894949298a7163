#include "identity/customer.h"

#include <gtest/gtest.h>

#include "identity/account_events.h"

namespace osier::identity {
namespace {

TEST(Mailbox, IsAnAddressThatMailsReach) {
  EXPECT_EQ(mailbox_of(" Ada@Example.COM "), "Ada@example.com");
  EXPECT_EQ(mailbox_of("o'neill+shop@example.org"), "o'neill+shop@example.org");
  EXPECT_EQ(mailbox_of("ada@bücher.example"), "ada@xn--bcher-kva.example");
  const std::string longest = std::string(64, 'a') + "@" + std::string(63, 'b') + "." +
                              std::string(63, 'c') + "." + std::string(57, 'd') + ".org";
  EXPECT_EQ(longest.size(), 254U);
  EXPECT_TRUE(mailbox_of(longest));
  EXPECT_FALSE(mailbox_of("a" + longest));
  for (const char* none :
       {"", "ada", "ada@", "@example.com", "a@b@example.com", "ada@example", "a da@example.com",
        "ada@example.com\r\nBcc: x@example.com", "Ada <ada@example.com>"}) {
    EXPECT_FALSE(mailbox_of(none)) << none;
  }
}

TEST(Name, IsOfAnyScriptAndOneLine) {
  for (const char* name : {"", "O’Neill", "王芳", "مرحبا", "🎁", "<script>"})
    EXPECT_TRUE(is_name(name)) << name;
  EXPECT_FALSE(is_name("a\nb"));
  std::string longest;
  for (std::size_t i = 0; i < name_length_max; ++i) longest += "é";
  EXPECT_TRUE(is_name(longest));
  EXPECT_FALSE(is_name(longest + "é"));
}

TEST(Device, IsToldInWordsThatPeopleKnow) {
  EXPECT_EQ(device_of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox, Linux");
  EXPECT_EQ(device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
                      "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"),
            "Safari, iPhone");
  EXPECT_EQ(device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
                      "Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"),
            "Edge, Windows");
  EXPECT_EQ(device_of("curl/8.0"), "");
}

TEST(AccountMailEvent, NamesIdsOnlyAndIsReadAgain) {
  const AccountMailEvent event{.kind = AccountMailKind::forgot,
                               .customer = {},
                               .token = EmailTokenId{Uuid::v7(Instant{})},
                               .email_index = pg::Bytes(16, 0xAB)};
  pg::Batch batch;
  add_account_mail(batch, event, Instant{});
  jobs::Event told{.id = Uuid::v7(Instant{}),
                   .topic = account_mail_topic,
                   .aggregate_id = Uuid::v7(Instant{}),
                   .payload = R"({"mail":"forgot","token":")" + event.token.value().to_string() +
                              R"(","email_index":"abababababababababababababababab"})"};
  const auto read = account_mail_of(told);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, event.kind);
  EXPECT_EQ(read->token, event.token);
  EXPECT_EQ(read->email_index, event.email_index);
  told.payload = R"({"mail":"unheard of","token":"x"})";
  EXPECT_FALSE(account_mail_of(told));
}

}  // namespace
}  // namespace osier::identity
