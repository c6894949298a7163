#include <gtest/gtest.h>

#include "identity/staff.h"
#include "identity/test/staff_desk.h"
#include "platform/crypto/crypto.h"

namespace osier::identity {
namespace {

using test::at_staff_desk;
using test::good_password;
using test::StaffDesk;

template <class T, class R>
R refusal_of(const Result<T, R>& outcome) {
  return outcome ? throw std::logic_error("it was accepted") : outcome.error();
}

constexpr pg::Statement actions_sql{"identity.test_actions_on", R"sql(
  SELECT coalesce(string_agg(action, ' ' ORDER BY position), '')
    FROM audit.entries WHERE object_id = $1
)sql"};

Task<std::string> actions_on(StaffDesk& desk, Uuid object) {
  const auto row = co_await desk.shop.database.run_one(actions_sql, object.to_string());
  co_return row->get<std::string>(0);
}

Task<void> join_once(StaffDesk& desk) {
  const auto invitation = co_await desk.invite(desk.console, "Ada@Example.org", "Support");
  EXPECT_TRUE(invitation.has_value());
  const std::string token = invitation->token;
  EXPECT_EQ((co_await desk.staff.find_invited(token))->email, "ada@example.org");
  EXPECT_FALSE(co_await desk.sign_in("ada@example.org", good_password));

  const auto weak = co_await desk.staff.join(token, "short", {});
  EXPECT_EQ(refusal_of(weak).password, PasswordRefusal::too_short);
  const auto joined = co_await desk.staff.join(token, good_password, {});
  EXPECT_TRUE(joined && joined->session.stage == SessionStage::pending_second_factor);
  const auto again = co_await desk.staff.join(token, good_password, {});
  EXPECT_EQ(refusal_of(again).reason, JoinRefusal::Reason::not_open);
  EXPECT_FALSE(co_await desk.staff.find_invited(token));

  const auto opened = co_await desk.sign_in(" ADA@example.org ", good_password);
  EXPECT_TRUE(opened && opened->session.stage == SessionStage::pending_second_factor);
  EXPECT_EQ(co_await actions_on(desk, invitation->member.value()),
            "staff_member.invited staff_member.joined");
}

TEST(Staff, JoinsByAnInvitationThatWorksOnce) { at_staff_desk(join_once); }

Task<void> let_invitations_lapse(StaffDesk& desk) {
  const auto first = co_await desk.invite(desk.console, "ada@example.org", "Support");
  const auto second =
      co_await desk.staff.invite_again(desk.console, first->member, Delivery::by_hand);
  EXPECT_FALSE(co_await desk.staff.find_invited(first->token));
  EXPECT_TRUE(co_await desk.staff.find_invited(second->token));
  desk.shop.clock.advance(72h - 1s);
  EXPECT_TRUE(co_await desk.staff.find_invited(second->token));
  desk.shop.clock.advance(1s);
  EXPECT_FALSE(co_await desk.staff.find_invited(second->token));
  EXPECT_FALSE(co_await desk.staff.join(second->token, good_password, {}));
}

TEST(Staff, InvitationsLapseAfterThreeDaysOrWithTheNext) { at_staff_desk(let_invitations_lapse); }

constexpr pg::Statement event_sql{"identity.test_invitation_event", R"sql(
  SELECT id, aggregate_id, payload FROM platform.outbox_events
   WHERE topic = 'identity.staff_invited'
)sql"};

// The mail's token is made when the mail is written; nothing that opens an account lies in the
// outbox.
Task<void> mail_invitation(StaffDesk& desk) {
  NewStaffMember wanted{.email = "ada@example.org", .name = "Ada"};
  const auto invited = co_await desk.staff.invite(desk.console, std::move(wanted), Delivery::mail);
  EXPECT_TRUE(invited && invited->token.empty());
  const auto row = co_await desk.shop.database.run_one(event_sql);
  const jobs::Event event{.id = row->get<Uuid>(0),
                          .topic = staff_invited_topic,
                          .aggregate_id = row->get<Uuid>(1),
                          .payload = row->get<std::string>(2)};
  EXPECT_EQ(event.payload.find("ada"), std::string::npos);
  const auto first = co_await desk.staff.token_for_mail(event);
  const auto repeated = co_await desk.staff.token_for_mail(event);
  EXPECT_TRUE(first && repeated);
  EXPECT_FALSE(co_await desk.staff.find_invited(first->token));
  EXPECT_TRUE(co_await desk.staff.find_invited(repeated->token));
}

TEST(Staff, TokensOfMailedInvitationsAreMadeWithTheMail) { at_staff_desk(mail_invitation); }

Task<void> answer_equally(StaffDesk& desk) {
  const StaffId ada = co_await desk.member("ada@example.org", "Support");
  const auto wrong = co_await desk.sign_in("ada@example.org", "gravel sonnet 8");
  const auto unknown = co_await desk.sign_in("eve@example.org", good_password);
  const auto disabled = co_await desk.staff.disable(desk.console, ada, "left");
  EXPECT_TRUE(disabled.has_value());
  const auto shut = co_await desk.sign_in("ada@example.org", good_password);
  for (const auto* outcome : {&wrong, &unknown, &shut})
    EXPECT_EQ(refusal_of(*outcome).reason, SignInRefusal::Reason::wrong);
}

TEST(Staff, SignInAnswersEquallyForNobodyADisabledOneAndAWrongPassword_Hardening28) {
  at_staff_desk(answer_equally);
}

Task<void> throttle_guesses(StaffDesk& desk) {
  co_await desk.member("ada@example.org", "Support");
  for (int i = 0; i < 5; ++i) {
    const auto guess = co_await desk.sign_in("ada@example.org", "guess " + std::to_string(i));
    EXPECT_EQ(refusal_of(guess).reason, SignInRefusal::Reason::wrong);
  }
  const auto sixth = co_await desk.sign_in("ada@example.org", good_password);
  EXPECT_EQ(refusal_of(sixth).reason, SignInRefusal::Reason::throttled);
  EXPECT_GT(sixth.error().retry_after, 0s);
  desk.shop.clock.advance(1min);
  for (int i = 0; i < 8; ++i)
    EXPECT_TRUE(co_await desk.sign_in("ada@example.org", good_password)) << "right ones are free";
}

TEST(Staff, PasswordsAreGuessedFiveTimesAMinute_Hardening27) { at_staff_desk(throttle_guesses); }

Task<void> disable_member(StaffDesk& desk) {
  const StaffId ada = co_await desk.member("ada@example.org", "Support");
  const auto opened = co_await desk.sign_in("ada@example.org", good_password);
  EXPECT_TRUE(co_await desk.sessions.find(Realm::staff, opened->token));
  const auto invited = co_await desk.staff.invite_again(desk.console, ada, Delivery::by_hand);
  const auto disabled = co_await desk.staff.disable(desk.console, ada, "left the company");
  EXPECT_TRUE(disabled.has_value());
  Sessions elsewhere(desk.shop.database, desk.shop.clock, desk.shop.random);
  EXPECT_FALSE(co_await elsewhere.find(Realm::staff, opened->token));
  EXPECT_FALSE(co_await desk.staff.find_active(ada));
  EXPECT_FALSE(co_await desk.staff.join(invited->token, good_password, {}));
  const auto enabled = co_await desk.staff.enable(desk.console, ada, "came back");
  EXPECT_TRUE(enabled.has_value());
  EXPECT_TRUE(co_await desk.sign_in("ada@example.org", good_password));
}

TEST(Staff, WhoIsDisabledIsOutAtOnce_Hardening30) { at_staff_desk(disable_member); }

Task<void> escalate(StaffDesk& desk) {
  const StaffId owner = co_await desk.member("owner@example.org", "Owner");
  const auto lead = co_await desk.staff.add_role(
      desk.console, {.name = "Team lead", .description = ""},
      PermissionSet::of({"staff.manage", "roles.manage", "orders.read", "customers.read"}));
  EXPECT_TRUE(lead.has_value());
  const StaffId ada = co_await desk.member("ada@example.org", "Team lead");
  const StaffId bob = co_await desk.member("bob@example.org", "Support");
  const auto by_ada = StaffDesk::acting(ada);
  const auto owner_role = co_await desk.role("Owner");
  const auto manager = co_await desk.role("Shop manager");
  const auto support = co_await desk.role("Support");

  const std::vector<RoleId> as_owner{owner_role.id};
  EXPECT_EQ(refusal_of(co_await desk.staff.set_roles(by_ada, ada, as_owner)),
            RightsRefusal::own_account);
  EXPECT_EQ(refusal_of(co_await desk.staff.set_roles(by_ada, bob, as_owner)),
            RightsRefusal::beyond_own);
  EXPECT_EQ(refusal_of(co_await desk.invite(by_ada, "eve@example.org", "Owner")),
            RightsRefusal::beyond_own);
  EXPECT_EQ(refusal_of(co_await desk.staff.reset_factors(by_ada, owner, "lost")),
            RightsRefusal::beyond_own);
  const RoleText text{.name = "Team lead", .description = ""};
  EXPECT_EQ(refusal_of(co_await desk.staff.edit_role(by_ada, *lead, text, PermissionSet::all())),
            RightsRefusal::own_account);
  const RoleText more{.name = "Support", .description = ""};
  EXPECT_EQ(
      refusal_of(co_await desk.staff.edit_role(by_ada, support.id, more, PermissionSet::all())),
      RightsRefusal::beyond_own);
  EXPECT_EQ(refusal_of(co_await desk.staff.edit_role(by_ada, owner_role.id, more, {})),
            RightsRefusal::owner_role);
  const std::vector<RoleId> demoted{manager.id};
  EXPECT_EQ(refusal_of(co_await desk.staff.set_roles(desk.console, owner, demoted)),
            RightsRefusal::last_owner);
  EXPECT_EQ(refusal_of(co_await desk.staff.disable(desk.console, owner, "gone")),
            RightsRefusal::last_owner);

  // Rights are those of the moment: they are gone with the role.
  const std::vector<RoleId> none;
  EXPECT_TRUE(co_await desk.staff.set_roles(desk.console, ada, none));
  EXPECT_EQ(refusal_of(co_await desk.staff.disable(by_ada, bob, "out of spite")),
            RightsRefusal::beyond_own);
}

TEST(Staff, NobodyRisesByThemselves_Hardening59) { at_staff_desk(escalate); }

Task<void> keep_roles(StaffDesk& desk) {
  const RoleText text{.name = "Packing", .description = "Sends parcels."};
  const auto id =
      co_await desk.staff.add_role(desk.console, text, PermissionSet::of({"orders.read"}));
  const RoleText same{.name = "packing", .description = ""};
  EXPECT_EQ(refusal_of(co_await desk.staff.add_role(desk.console, same, {})),
            RightsRefusal::name_known);
  EXPECT_TRUE(co_await desk.staff.edit_role(desk.console, *id, text, PermissionSet()));
  co_await desk.member("ada@example.org", "Packing");
  EXPECT_EQ(refusal_of(co_await desk.staff.remove_role(desk.console, *id)),
            RightsRefusal::role_in_use);
  const auto ada = co_await desk.staff.find_by_email("ada@example.org");
  const std::vector<RoleId> none;
  EXPECT_TRUE(co_await desk.staff.set_roles(desk.console, ada->id, none));
  EXPECT_TRUE(co_await desk.staff.remove_role(desk.console, *id));
  EXPECT_EQ(co_await actions_on(desk, id->value()), "role.added role.changed role.removed");
}

TEST(Staff, RolesAreEditedAndRemovedWhenNobodyHasThem) { at_staff_desk(keep_roles); }

constexpr pg::Statement dump_sql{"identity.test_dump_staff", R"sql(
  SELECT (SELECT string_agg(member::text, ' ') FROM identity.staff_members member)
      || (SELECT string_agg(entry::text, ' ') FROM audit.entries entry)
      || (SELECT coalesce(string_agg(event::text, ' '), '') FROM platform.outbox_events event)
)sql"};

Task<void> look_for_plain_text(StaffDesk& desk) {
  co_await desk.member("ada@example.org", "Support");
  const auto row = co_await desk.shop.database.run_one(dump_sql);
  const auto dump = row->get<std::string>(0);
  for (const std::string word : {"ada@example.org", "Ada Lovelace", "Lovelace"}) {
    EXPECT_EQ(dump.find(word), std::string::npos) << word;
    EXPECT_EQ(dump.find(crypto::to_hex(word)), std::string::npos) << word;
  }
}

TEST(Staff, NamesAndAddressesAreSealed) { at_staff_desk(look_for_plain_text); }

}  // namespace
}  // namespace osier::identity
