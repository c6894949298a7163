#include "identity/staff_store.h"

#include <algorithm>

#include "platform/crypto/crypto.h"
#include "privacy/subjects.h"

namespace osier::identity {

namespace {

constexpr std::string_view staff_table = "identity.staff_members";

privacy::Place place_of(std::string_view column, StaffId row) {
  return {.table = staff_table, .column = column, .row = row.value()};
}

}  // namespace

static constexpr pg::Statement lock_rights_sql{"identity.lock_rights", R"sql(
  SELECT pg_advisory_xact_lock(hashtextextended('identity.rights', 0))
)sql"};

Task<void> StaffStore::lock_rights(pg::Transaction& transaction) const {
  co_await transaction.run(lock_rights_sql);
}

// --- Members.

StaffMember StaffStore::member_of(const pg::Row& row, const std::vector<Role>& roles) const {
  const auto keys = vault_.unwrap(privacy::read_wrapped_keys(row));
  const StaffId id = row.get<StaffId>("id");
  const auto text_of = [&](const char* column) {
    return vault_
        .open(keys, privacy::Purpose::profile, place_of(column, id), row.get<pg::Bytes>(column))
        .value_or("");
  };
  StaffMember member{.id = id,
                     .email = text_of("email"),
                     .name = text_of("name"),
                     .locale = row.get<std::string>("locale"),
                     .roles = {},
                     .created_at = row.get<Instant>("created_at"),
                     .joined_at = row.get<std::optional<Instant>>("joined_at"),
                     .disabled_at = row.get<std::optional<Instant>>("disabled_at"),
                     .invited_until = row.get<std::optional<Instant>>("invited_until")};
  const auto own = row.get<std::vector<Uuid>>("roles");
  for (const Role& role : roles) {
    if (std::ranges::find(own, role.id.value()) != own.end()) member.roles.push_back(role);
  }
  return member;
}

static constexpr pg::Statement members_sql{"identity.staff_members", R"sql(
  SELECT member.id, member.email, member.name, member.locale, member.created_at, member.joined_at,
         member.disabled_at, invitation.expires_at AS invited_until, keys.*,
         ARRAY(SELECT role_id FROM identity.member_roles WHERE member_id = member.id) AS roles
    FROM identity.staff_members member
    JOIN privacy.subject_keys keys ON keys.subject = member.id
    LEFT JOIN identity.invitations invitation ON invitation.member_id = member.id
   WHERE ($1::uuid IS NULL OR member.id = $1)
     AND ($2::bytea IS NULL OR member.email_index = $2)
   ORDER BY member.id
)sql"};

Task<std::vector<StaffMember>> StaffStore::members(pg::Transaction& transaction) const {
  const auto all_roles = co_await roles(transaction);
  const auto rows = co_await transaction.run(members_sql, std::nullopt, std::nullopt);
  std::vector<StaffMember> all;
  for (const pg::Row row : rows) all.push_back(member_of(row, all_roles));
  co_return all;
}

Task<std::optional<StaffMember>> StaffStore::find(pg::Transaction& transaction, StaffId id) const {
  const auto row = co_await transaction.run_one(members_sql, id, std::nullopt);
  if (!row) co_return std::nullopt;
  co_return member_of(*row, co_await roles(transaction));
}

Task<std::optional<StaffMember>> StaffStore::find_by_email(pg::Transaction& transaction,
                                                           std::string email) const {
  const auto row =
      co_await transaction.run_one(members_sql, std::nullopt, vault_.email_index(email));
  if (!row) co_return std::nullopt;
  co_return member_of(*row, co_await roles(transaction));
}

static constexpr pg::Statement count_owners_sql{"identity.count_active_owners", R"sql(
  SELECT count(*)
    FROM identity.staff_members member
    JOIN identity.member_roles ON member_id = member.id
    JOIN identity.roles role ON role.id = role_id
   WHERE role.is_owner AND member.joined_at IS NOT NULL AND member.disabled_at IS NULL
)sql"};

Task<int> StaffStore::count_active_owners(pg::Transaction& transaction) const {
  const auto row = co_await transaction.run_one(count_owners_sql);
  co_return row->get<int>(0);
}

static constexpr pg::Statement insert_staff_member_sql{"identity.insert_staff_member", R"sql(
  INSERT INTO identity.staff_members (id, email_index, email, name, locale, created_at)
  VALUES ($1, $2, $3, $4, $5, $6)
)sql"};

static constexpr pg::Statement email_is_known_sql{"identity.staff_email_is_known", R"sql(
  SELECT EXISTS (SELECT FROM identity.staff_members WHERE email_index = $1)
)sql"};

// Under lock_rights, so that nobody comes in between.
Task<bool> StaffStore::insert(pg::Transaction& transaction, NewMember member, Instant now) const {
  const auto index = vault_.email_index(member.email);
  const auto known = co_await transaction.run_one(email_is_known_sql, index);
  if (known->get<bool>(0)) co_return false;
  const auto subject = vault_.make_subject(privacy::SubjectId{member.id.value()});
  const auto seal = [&](std::string_view column, const std::string& text) {
    return vault_.seal(subject.keys, privacy::Purpose::profile, place_of(column, member.id), text);
  };
  pg::Batch batch;
  privacy::add_subjects(batch, {subject});
  batch.add(insert_staff_member_sql, member.id, index, seal("email", member.email),
            seal("name", member.name), member.locale, now);
  co_await transaction.run_all(std::move(batch));
  co_return true;
}

static constexpr pg::Statement remove_member_roles_sql{"identity.remove_member_roles", R"sql(
  DELETE FROM identity.member_roles WHERE member_id = $1
)sql"};

static constexpr pg::Statement add_member_roles_sql{"identity.add_member_roles", R"sql(
  INSERT INTO identity.member_roles (member_id, role_id) SELECT $1, unnest($2::uuid[])
)sql"};

Task<void> StaffStore::replace_roles(pg::Transaction& transaction, StaffId id,
                                     std::vector<RoleId> roles) const {
  pg::Batch batch;
  batch.add(remove_member_roles_sql, id);
  batch.add(add_member_roles_sql, id, roles);
  co_await transaction.run_all(std::move(batch));
}

static constexpr pg::Statement set_disabled_sql{"identity.set_staff_disabled", R"sql(
  UPDATE identity.staff_members SET disabled_at = greatest($2, created_at) WHERE id = $1
)sql"};

static constexpr pg::Statement enable_sql{"identity.set_staff_enabled", R"sql(
  UPDATE identity.staff_members SET disabled_at = NULL WHERE id = $1
)sql"};

Task<void> StaffStore::set_disabled(pg::Transaction& transaction, StaffId id,
                                    std::optional<Instant> at) const {
  if (at) {
    co_await transaction.run(set_disabled_sql, id, *at);
  } else {
    co_await transaction.run(enable_sql, id);
  }
}

static constexpr pg::Statement set_staff_locale_sql{"identity.set_staff_locale", R"sql(
  UPDATE identity.staff_members SET locale = $2 WHERE id = $1
)sql"};

Task<void> StaffStore::set_locale(pg::Transaction& transaction, StaffId id,
                                  std::string locale) const {
  co_await transaction.run(set_staff_locale_sql, id, locale);
}

// --- Passwords.

namespace {

std::optional<StaffStore::Credentials> staff_credentials_of(const std::optional<pg::Row>& row) {
  if (!row) return std::nullopt;
  return StaffStore::Credentials{
      .id = row->get<StaffId>("id"),
      .password_hash = row->get<std::optional<std::string>>("password_hash"),
      .is_active = row->get<bool>("is_active")};
}

}  // namespace

static constexpr pg::Statement staff_credentials_by_email_sql{"identity.staff_credentials_by_email",
                                                              R"sql(
  SELECT id, password_hash, joined_at IS NOT NULL AND disabled_at IS NULL AS is_active
    FROM identity.staff_members WHERE email_index = $1
)sql"};

static constexpr pg::Statement staff_credentials_sql{"identity.staff_credentials", R"sql(
  SELECT id, password_hash, joined_at IS NOT NULL AND disabled_at IS NULL AS is_active
    FROM identity.staff_members WHERE id = $1
)sql"};

Task<std::optional<StaffStore::Credentials>> StaffStore::credentials_by_email(
    pg::Transaction& transaction, std::string email) const {
  co_return staff_credentials_of(
      co_await transaction.run_one(staff_credentials_by_email_sql, vault_.email_index(email)));
}

Task<std::optional<StaffStore::Credentials>> StaffStore::credentials(pg::Transaction& transaction,
                                                                     StaffId id) const {
  co_return staff_credentials_of(co_await transaction.run_one(staff_credentials_sql, id));
}

static constexpr pg::Statement set_staff_password_sql{"identity.set_staff_password", R"sql(
  UPDATE identity.staff_members
     SET password_hash = $2, joined_at = coalesce(joined_at, greatest($3, created_at))
   WHERE id = $1
)sql"};

Task<void> StaffStore::set_password(pg::Transaction& transaction, StaffId id, std::string hash,
                                    Instant now) const {
  co_await transaction.run(set_staff_password_sql, id, hash, now);
}

static constexpr pg::Statement rehash_staff_sql{"identity.rehash_staff_password", R"sql(
  UPDATE identity.staff_members SET password_hash = $3 WHERE id = $1 AND password_hash = $2
)sql"};

Task<void> StaffStore::rehash(pg::Transaction& transaction, StaffId id, std::string former,
                              std::string hash) const {
  co_await transaction.run(rehash_staff_sql, id, former, hash);
}

// --- Invitations.

static constexpr pg::Statement put_invitation_sql{"identity.put_invitation", R"sql(
  INSERT INTO identity.invitations (member_id, id, token_hash, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (member_id)
  DO UPDATE SET id = excluded.id, token_hash = excluded.token_hash,
                created_at = excluded.created_at, expires_at = excluded.expires_at
)sql"};

Task<void> StaffStore::put_invitation(pg::Transaction& transaction, StaffId member, Uuid id,
                                      std::optional<std::string> token_hash, Instant now) const {
  co_await transaction.run(put_invitation_sql, member, id, token_hash, now, now + invitation_max);
}

static constexpr pg::Statement remove_invitation_sql{"identity.remove_invitation", R"sql(
  DELETE FROM identity.invitations WHERE member_id = $1
)sql"};

Task<void> StaffStore::remove_invitation(pg::Transaction& transaction, StaffId member) const {
  co_await transaction.run(remove_invitation_sql, member);
}

static constexpr pg::Statement set_token_sql{"identity.set_invitation_token", R"sql(
  UPDATE identity.invitations SET token_hash = $3
   WHERE member_id = $1 AND id = $2 AND expires_at > $4
)sql"};

Task<bool> StaffStore::set_token(pg::Transaction& transaction, StaffId member, Uuid id,
                                 std::string token_hash, Instant now) const {
  const auto rows = co_await transaction.run(set_token_sql, member, id, token_hash, now);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement find_invited_sql{"identity.find_invited", R"sql(
  SELECT member_id
    FROM identity.invitations
    JOIN identity.staff_members member ON member.id = member_id AND member.disabled_at IS NULL
   WHERE token_hash = $1 AND expires_at > $2
)sql"};

Task<std::optional<StaffId>> StaffStore::find_invited(pg::Transaction& transaction,
                                                      std::string token, Instant now) const {
  const auto row = co_await transaction.run_one(find_invited_sql, crypto::token_hash(token), now);
  if (!row) co_return std::nullopt;
  co_return row->get<StaffId>(0);
}

static constexpr pg::Statement use_invitation_sql{"identity.use_invitation", R"sql(
  DELETE FROM identity.invitations
   USING identity.staff_members member
   WHERE token_hash = $1 AND expires_at > $2 AND member.id = member_id
     AND member.disabled_at IS NULL
  RETURNING member_id
)sql"};

Task<std::optional<StaffId>> StaffStore::use_invitation(pg::Transaction& transaction,
                                                        std::string token, Instant now) const {
  const auto row = co_await transaction.run_one(use_invitation_sql, crypto::token_hash(token), now);
  if (!row) co_return std::nullopt;
  co_return row->get<StaffId>(0);
}

// --- Roles.

static constexpr pg::Statement roles_sql{"identity.roles", R"sql(
  SELECT id, is_owner, name, description, permissions
    FROM identity.roles
   WHERE $1::uuid IS NULL OR id = $1
   ORDER BY is_owner DESC, lower(name), id
)sql"};

static Role role_of(const pg::Row& row) {
  const bool is_owner = row.get<bool>("is_owner");
  const auto names = row.get<std::vector<std::string>>("permissions");
  return {.id = row.get<RoleId>("id"),
          .is_owner = is_owner,
          .name = row.get<std::string>("name"),
          .description = row.get<std::string>("description"),
          .permissions = is_owner ? PermissionSet::all() : PermissionSet::of(names)};
}

Task<std::vector<Role>> StaffStore::roles(pg::Transaction& transaction) const {
  const auto rows = co_await transaction.run(roles_sql, std::nullopt);
  std::vector<Role> all;
  for (const pg::Row row : rows) all.push_back(role_of(row));
  co_return all;
}

Task<std::optional<Role>> StaffStore::find_role(pg::Transaction& transaction, RoleId id) const {
  const auto row = co_await transaction.run_one(roles_sql, id);
  if (!row) co_return std::nullopt;
  co_return role_of(*row);
}

static constexpr pg::Statement count_members_sql{"identity.count_members_of_role", R"sql(
  SELECT count(*) FROM identity.member_roles WHERE role_id = $1
)sql"};

Task<int> StaffStore::count_members(pg::Transaction& transaction, RoleId id) const {
  const auto row = co_await transaction.run_one(count_members_sql, id);
  co_return row->get<int>(0);
}

static constexpr pg::Statement role_name_is_known_sql{"identity.role_name_is_known", R"sql(
  SELECT EXISTS (SELECT FROM identity.roles WHERE lower(name) = lower($1) AND id <> $2)
)sql"};

static constexpr pg::Statement put_role_sql{"identity.put_role", R"sql(
  INSERT INTO identity.roles (id, name, description, permissions) VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
                                 permissions = excluded.permissions
)sql"};

// Under lock_rights, so that nobody comes in between.
Task<bool> StaffStore::put_role(pg::Transaction& transaction, Role role) const {
  const auto known = co_await transaction.run_one(role_name_is_known_sql, role.name, role.id);
  if (known->get<bool>(0)) co_return false;
  co_await transaction.run(put_role_sql, role.id, role.name, role.description,
                           role.permissions.names());
  co_return true;
}

static constexpr pg::Statement remove_role_sql{"identity.remove_role", R"sql(
  DELETE FROM identity.roles WHERE id = $1
)sql"};

Task<void> StaffStore::remove_role(pg::Transaction& transaction, RoleId id) const {
  co_await transaction.run(remove_role_sql, id);
}

}  // namespace osier::identity
