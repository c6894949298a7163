// The face of staff: who works here, by which roles, and who changes that.
//
//   invited ──(password, second factor)──► active ⇄ disabled
//
// Somebody joins by an invitation: a link with a token that is valid once, for 72 hours, and lets
// them choose a password. A member who has forgotten theirs gets another one the same way. Who may
// do what to whom is in staff_rules.h; every change is in the audit, in its own transaction.
//
// Everything waits for the database and throws pg::Error.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/staff_accounts.h"
#include "identity/staff_member.h"
#include "identity/staff_store.h"
#include "platform/jobs/outbox.h"

namespace osier::identity {

inline constexpr const char* staff_invited_topic = "identity.staff_invited";

// How an invitation reaches somebody: the worker mails it, or whoever invites hands it over.
enum class Delivery { mail, by_hand };

struct Invitation {
  StaffId member;
  std::string token;  // Empty if it is mailed.
  Instant expires_at;
};

struct NewStaffMember {
  std::string email;
  std::string name;
  std::string locale = "en";
  std::vector<RoleId> roles{};
};

struct RoleText {
  std::string name;
  std::string description;  // May be empty.
};

struct JoinRefusal {
  enum class Reason { not_open, password };
  Reason reason = Reason::not_open;  // The invitation was used, replaced or is too old.
  PasswordRefusal password{};
};

class Staff {
 public:
  // What `parts` names outlives it.
  Staff(StaffParts parts, SecondFactorSite site);

  StaffAccounts& accounts() { return accounts_; }
  SecondFactors& factors() { return factors_; }

  // --- Looking.

  Task<std::vector<StaffMember>> members();
  Task<std::optional<StaffMember>> find(StaffId id);
  Task<std::optional<StaffMember>> find_by_email(std::string email);
  Task<std::vector<Role>> roles();
  // Who may act now; nothing for one who was disabled, or has not joined.
  Task<std::optional<StaffMember>> find_active(StaffId id);

  // --- Members.

  Task<Result<Invitation, RightsRefusal>> invite(StaffActor by, NewStaffMember member,
                                                 Delivery delivery);
  // Another invitation: for who has lost theirs, or the password. Theirs stays valid until then.
  Task<Result<Invitation, RightsRefusal>> invite_again(StaffActor by, StaffId id,
                                                       Delivery delivery);
  Task<Result<void, RightsRefusal>> set_roles(StaffActor by, StaffId id, std::vector<RoleId> roles);
  // Ends their sessions and invitation.
  Task<Result<void, RightsRefusal>> disable(StaffActor by, StaffId id, std::string reason);
  Task<Result<void, RightsRefusal>> enable(StaffActor by, StaffId id, std::string reason);
  // They set up another one at their next sign-in.
  Task<Result<void, RightsRefusal>> reset_factors(StaffActor by, StaffId id, std::string reason);

  // --- Roles.

  Task<Result<RoleId, RightsRefusal>> add_role(StaffActor by, RoleText text,
                                               PermissionSet permissions);
  Task<Result<void, RightsRefusal>> edit_role(StaffActor by, RoleId id, RoleText text,
                                              PermissionSet permissions);
  Task<Result<void, RightsRefusal>> remove_role(StaffActor by, RoleId id);

  // --- Of members themselves.

  // Whom the token invites; nothing if it is not open.
  Task<std::optional<StaffMember>> find_invited(std::string token);
  // Sets the password, ends all sessions and opens one that waits for the second factor.
  Task<Result<OpenedSession, JoinRefusal>> join(std::string token, std::string password,
                                                http::Request request);
  // Ends all sessions but that one.
  Task<Result<void, PasswordRefusal>> change_password(StaffId id, std::string password,
                                                      SessionId except, http::Request request);
  Task<void> set_locale(StaffId id, std::string locale);

  // For the mail: a token for the invitation that the event is about. A repeated event gets
  // another token, and the former mail's link is void. Nothing if the invitation is not open.
  struct InvitationMail {
    StaffMember member;
    std::string token;
  };
  Task<std::optional<InvitationMail>> token_for_mail(jobs::Event event);

  // For other changes of rights (API keys): who makes them, with the rights of this moment, under
  // the lock that all changes of rights take. Nothing for one who has lost theirs.
  Task<std::optional<Changer>> changer(pg::Transaction& transaction, StaffActor by);

 private:
  Task<Result<Invitation, RightsRefusal>> put_invitation(pg::Transaction& transaction, StaffId id,
                                                         Delivery delivery);
  void note(pg::Batch& batch, const StaffActor& by, std::string_view action, std::string kind,
            Uuid object, audit::Facts before, audit::Facts after, std::string reason = {}) const;
  Task<void> write_note(pg::Transaction& transaction, StaffActor by, std::string action,
                        StaffId member, audit::Facts before, audit::Facts after,
                        std::string reason);
  Task<Result<void, RightsRefusal>> put_role(pg::Transaction& transaction, StaffActor by,
                                             std::optional<Role> former, Role role);

  StaffParts parts_;
  StaffStore store_;
  StaffAccounts accounts_;
  SecondFactors factors_;
};

}  // namespace osier::identity
