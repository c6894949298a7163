// Every SQL statement about members of staff, their roles and invitations. Internal to the room.
//
// All take the caller's transaction and throw pg::Error.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/staff_member.h"
#include "platform/postgres/database.h"
#include "privacy/vault.h"

namespace osier::identity {

class StaffStore {
 public:
  // The vault outlives it.
  explicit StaffStore(const privacy::Vault& vault) : vault_(vault) {}

  // Whoever changes rights waits here, so that the rules see what is true (the last owner).
  Task<void> lock_rights(pg::Transaction& transaction) const;

  // --- Members. Sealed texts are opened; one whose key is forgotten is empty.

  Task<std::vector<StaffMember>> members(pg::Transaction& transaction) const;
  Task<std::optional<StaffMember>> find(pg::Transaction& transaction, StaffId id) const;
  Task<std::optional<StaffMember>> find_by_email(pg::Transaction& transaction,
                                                 std::string email) const;
  Task<int> count_active_owners(pg::Transaction& transaction) const;

  struct NewMember {
    StaffId id;
    std::string email;
    std::string name;
    std::string locale;
  };
  // False if the address is another's.
  Task<bool> insert(pg::Transaction& transaction, NewMember member, Instant now) const;
  Task<void> replace_roles(pg::Transaction& transaction, StaffId id,
                           std::vector<RoleId> roles) const;
  Task<void> set_disabled(pg::Transaction& transaction, StaffId id,
                          std::optional<Instant> at) const;
  Task<void> set_locale(pg::Transaction& transaction, StaffId id, std::string locale) const;

  // --- Passwords.

  struct Credentials {
    StaffId id;
    std::optional<std::string> password_hash;
    bool is_active = false;
  };
  Task<std::optional<Credentials>> credentials_by_email(pg::Transaction& transaction,
                                                        std::string email) const;
  Task<std::optional<Credentials>> credentials(pg::Transaction& transaction, StaffId id) const;
  // Whoever has a password has joined.
  Task<void> set_password(pg::Transaction& transaction, StaffId id, std::string hash,
                          Instant now) const;
  // The same password, hashed by today's parameters; not if it was changed in between.
  Task<void> rehash(pg::Transaction& transaction, StaffId id, std::string former,
                    std::string hash) const;

  // --- Invitations.

  // Takes the place of an earlier one. `token_hash`: nothing until its mail is written.
  Task<void> put_invitation(pg::Transaction& transaction, StaffId member, Uuid id,
                            std::optional<std::string> token_hash, Instant now) const;
  Task<void> remove_invitation(pg::Transaction& transaction, StaffId member) const;
  // False if it is not open any more.
  Task<bool> set_token(pg::Transaction& transaction, StaffId member, Uuid id,
                       std::string token_hash, Instant now) const;
  Task<std::optional<StaffId>> find_invited(pg::Transaction& transaction, std::string token,
                                            Instant now) const;
  // Deletes it: of two that use it at once, one gets the member.
  Task<std::optional<StaffId>> use_invitation(pg::Transaction& transaction, std::string token,
                                              Instant now) const;

  // --- Roles.

  Task<std::vector<Role>> roles(pg::Transaction& transaction) const;
  Task<std::optional<Role>> find_role(pg::Transaction& transaction, RoleId id) const;
  Task<int> count_members(pg::Transaction& transaction, RoleId id) const;
  // False if the name is another's, in any case of letters.
  Task<bool> put_role(pg::Transaction& transaction, Role role) const;
  Task<void> remove_role(pg::Transaction& transaction, RoleId id) const;

 private:
  StaffMember member_of(const pg::Row& row, const std::vector<Role>& roles) const;

  const privacy::Vault& vault_;
};

}  // namespace osier::identity
