#include <gtest/gtest.h>

#include "identity/test/customer_shop.h"

namespace osier::identity {
namespace {

using test::CustomerShop;
using test::FactorShop;
using test::other_password;
using test::reason_of;
using test::with_factor_shop;
using Reason = AccountRefusal::Reason;

Task<void> register_and_sign_in(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  const auto ada = co_await shop.add("Ada@Example.com");
  EXPECT_EQ(reason_of(co_await shop.sign_in("ada@example.com")), Reason::wrong);
  const std::string link = co_await shop.link(ada, EmailPurpose::verify);
  EXPECT_EQ(reason_of(co_await shop.verify(link, "not what was chosen")), Reason::wrong);
  const auto verified = co_await shop.verify(link);
  EXPECT_TRUE(verified && *verified && (*verified)->session.stage == SessionStage::open);
  EXPECT_EQ(reason_of(co_await shop.verify(link)), Reason::link_void);
  EXPECT_EQ(shop.notes.let_in, std::vector{ada});

  const auto opened = co_await shop.sign_in(" ADA@example.com ");
  EXPECT_TRUE(opened && opened->session.account == AccountRef::of(ada));
  EXPECT_EQ(reason_of(co_await shop.sign_in("ada@example.com", other_password)), Reason::wrong);
  EXPECT_EQ(reason_of(co_await shop.sign_in("nobody@example.com")), Reason::wrong);
  const auto customer = co_await shop.accounts.find(ada);
  EXPECT_TRUE(customer && customer->email == "Ada@example.com" && customer->name() == "Ada");
  const auto devices = co_await shop.accounts.devices(ada);
  EXPECT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices.front().name, "Firefox, Linux");
}

TEST(CustomerAccounts, OpenWhenTheAddressIsProved) { with_factor_shop(register_and_sign_in); }

Task<void> count_tries(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  co_await shop.add_verified("ada@example.com");
  for (int tries = 0; tries < 5; ++tries) {
    // Each from elsewhere: the account is counted, not only the address.
    const std::string from = "198.51." + std::to_string(tries) + ".1";
    EXPECT_EQ(reason_of(co_await shop.sign_in("ada@example.com", other_password, from)),
              Reason::wrong);
  }
  const auto sixth = co_await shop.sign_in("ada@example.com", test::password, "192.0.2.1");
  EXPECT_TRUE(!sixth && sixth.error().reason == Reason::throttled);
  EXPECT_GT(sixth.error().retry_after, Duration(0));
  where.clock.advance(1min);
  EXPECT_TRUE(co_await shop.sign_in("ada@example.com"));

  // One address, many accounts.
  int wrong = 0;
  for (int i = 0; i < 25; ++i) {
    const auto tried =
        co_await shop.sign_in("person" + std::to_string(i) + "@example.com", other_password);
    wrong += reason_of(tried) == Reason::wrong ? 1 : 0;
  }
  EXPECT_EQ(wrong, 20);
  // What is right is not counted.
  for (int i = 0; i < 30; ++i)
    EXPECT_TRUE(co_await shop.sign_in("ada@example.com", test::password, "192.0.2.9"));
}

// Hardening 27.
TEST(CustomerAccounts, AreTriedSoOftenByAccountAndByAddress) { with_factor_shop(count_tries); }

Task<void> registered_by_a_thief(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  const auto thief = co_await shop.add("ada@example.com", other_password);
  const std::string thiefs_link = co_await shop.link(thief, EmailPurpose::verify);
  const auto ada = co_await shop.add("ada@example.com");
  EXPECT_EQ(reason_of(co_await shop.verify(thiefs_link)), Reason::wrong);
  EXPECT_TRUE(co_await shop.verify(co_await shop.link(ada, EmailPurpose::verify)));
  EXPECT_EQ(reason_of(co_await shop.verify(thiefs_link, other_password)), Reason::link_void);
  EXPECT_FALSE(co_await shop.accounts.find(thief));
  EXPECT_TRUE(co_await shop.sign_in("ada@example.com"));

  // The same, when the owner comes by an issuer that knows the address to be theirs.
  const auto second = co_await shop.add("grace@example.com", other_password);
  const NewPerson grace{.email = "Grace@example.com",
                        .is_verified = true,
                        .given_name = "Grace",
                        .family_name = "Hopper",
                        .market_code = "eu",
                        .locale = "en"};
  auto transaction = co_await where.database.begin();
  const auto account = co_await shop.book.open_account(transaction, grace);
  co_await transaction.commit();
  EXPECT_TRUE(account && account->id != second.value());
  EXPECT_FALSE(co_await shop.accounts.find(second));
  EXPECT_EQ(reason_of(co_await shop.sign_in("grace@example.com", other_password)), Reason::wrong);
}

// Hardening 49.
TEST(CustomerAccounts, AreNotTakenAheadByWhoRegistersAnothersAddress) {
  with_factor_shop(registered_by_a_thief);
}

Task<void> reset_password(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  const auto ada = co_await shop.add_verified("ada@example.com");
  const auto grace = co_await shop.add_verified("grace@example.com");
  (void)grace;
  const auto before = co_await shop.sign_in("ada@example.com");
  const std::string link = co_await shop.reset_link(ada, "ada@example.com");
  const std::string second = co_await shop.reset_link(ada, "ada@example.com");
  const auto weak = co_await shop.accounts.reset_password(link, "ada@example.com", {});
  EXPECT_TRUE(!weak && weak.error().reason == Reason::bad_password);
  EXPECT_TRUE(co_await shop.accounts.reset_password(link, other_password, {}));
  EXPECT_EQ(reason_of(co_await shop.accounts.reset_password(link, other_password, {})),
            Reason::link_void);
  EXPECT_EQ(reason_of(co_await shop.accounts.reset_password(second, other_password, {})),
            Reason::link_void)
      << "one that was asked for before the change";
  EXPECT_FALSE(co_await shop.sessions.find(Realm::customer, before->token));
  EXPECT_EQ(reason_of(co_await shop.sign_in("ada@example.com")), Reason::wrong);
  EXPECT_TRUE(co_await shop.sign_in("ada@example.com", other_password));

  const std::string late = co_await shop.reset_link(ada, "ada@example.com");
  where.clock.advance(30min);
  EXPECT_FALSE(co_await shop.accounts.is_living(EmailPurpose::reset, late));
  EXPECT_EQ(reason_of(co_await shop.accounts.reset_password(late, test::password, {})),
            Reason::link_void);
}

// Hardening 40.
TEST(CustomerAccounts, GetANewPasswordByALinkOnce) { with_factor_shop(reset_password); }

Task<void> change_email(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  const auto ada = co_await shop.add_verified("ada@example.com");
  const auto bob = co_await shop.add_verified("bob@example.com");
  EXPECT_TRUE(co_await shop.accounts.ask_for_email(ada, "lovelace@example.com", "203.0.113.7"));
  const std::string link = co_await shop.link(ada, EmailPurpose::change_email);
  EXPECT_EQ(reason_of(co_await shop.accounts.change_email(bob, link, {})), Reason::link_void);
  const std::string reset = co_await shop.reset_link(ada, "ada@example.com");
  EXPECT_TRUE(co_await shop.accounts.change_email(ada, link, {}));
  EXPECT_EQ(reason_of(co_await shop.accounts.reset_password(reset, other_password, {})),
            Reason::link_void);
  EXPECT_EQ(reason_of(co_await shop.sign_in("ada@example.com")), Reason::wrong);
  EXPECT_TRUE(co_await shop.sign_in("lovelace@example.com"));

  // An address that is somebody's is asked for like any other, and not given.
  EXPECT_TRUE(co_await shop.accounts.ask_for_email(ada, "bob@example.com", "203.0.113.7"));
  const std::string taken = co_await shop.link(ada, EmailPurpose::change_email);
  EXPECT_EQ(reason_of(co_await shop.accounts.change_email(ada, taken, {})), Reason::link_void);
  EXPECT_TRUE(co_await shop.sign_in("bob@example.com"));
}

TEST(CustomerAccounts, ChangeTheirAddressByALinkToTheNewOne) { with_factor_shop(change_email); }

Task<void> change_password(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  const auto ada = co_await shop.add_verified("ada@example.com");
  const auto here = co_await shop.sign_in("ada@example.com");
  const auto there = co_await shop.sign_in("ada@example.com");
  const auto changed =
      co_await shop.accounts.change_password(ada, here->session.id, other_password, {});
  EXPECT_TRUE(changed && changed->session.id == here->session.id);
  EXPECT_NE(changed->token, here->token);
  EXPECT_FALSE(co_await shop.sessions.find(Realm::customer, there->token));
  EXPECT_TRUE(co_await shop.sessions.find(Realm::customer, changed->token));
}

// Hardening 30.
TEST(CustomerAccounts, EndAllOtherSessionsWithANewPassword) { with_factor_shop(change_password); }

Task<void> with_second_factor(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  const auto ada = co_await shop.add_verified("ada@example.com");
  const auto open = co_await shop.sign_in("ada@example.com");
  EXPECT_TRUE(co_await shop.factors.offer_app(open->session));
  const auto offered = co_await shop.factors.offered_app(AccountRef::of(ada));
  std::string code = totp_code(offered->seed, totp_step_at(where.clock.now()));
  EXPECT_TRUE(co_await shop.factors.add_app(open->session, std::move(code), {}));
  shop.notes.let_in.clear();
  where.clock.advance(30s);

  const auto half = co_await shop.sign_in("ada@example.com");
  EXPECT_TRUE(half && half->session.stage == SessionStage::pending_second_factor);
  EXPECT_TRUE(shop.notes.let_in.empty()) << "nobody is let in by half";
  std::string next = totp_code(offered->seed, totp_step_at(where.clock.now()));
  const auto whole = co_await shop.factors.prove_by_code(
      half->session, SecondFactors::CodeKind::app, std::move(next), {});
  EXPECT_TRUE(whole && whole->session.stage == SessionStage::open);
  EXPECT_EQ(shop.notes.let_in, std::vector{ada});
}

// Hardening 39.
TEST(CustomerAccounts, AreLetInAfterTheSecondFactor) { with_factor_shop(with_second_factor); }

Task<void> forget_registrations(FactorShop& where) {
  CustomerShop shop(where);
  co_await shop.open_shop();
  const auto ada = co_await shop.add("ada@example.com");
  const auto bob = co_await shop.add_verified("bob@example.com");
  where.clock.advance(7 * 24h);
  co_await shop.accounts.trim();
  EXPECT_TRUE(co_await shop.accounts.find(ada));
  where.clock.advance(1s);
  co_await shop.accounts.trim();
  EXPECT_FALSE(co_await shop.accounts.find(ada));
  EXPECT_TRUE(co_await shop.accounts.find(bob));
  const auto keys = co_await where.vault->keys_of(where.database, privacy::SubjectId{ada.value()});
  EXPECT_FALSE(keys.has(privacy::Purpose::profile)) << "what was sealed for it is gone for good";
}

TEST(CustomerAccounts, ThatNobodyProvedGoAfterAWeek) { with_factor_shop(forget_registrations); }

}  // namespace
}  // namespace osier::identity
