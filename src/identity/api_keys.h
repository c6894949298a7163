// API keys: how machines ask at the admin API. A key has scopes, which are permissions that
// machines may have (permission.h), and an end.
//
// A key is read anew for each request, so that a revoked one is 401 at once (hardening 63). A key
// never has more than whoever made it had; it stays when they leave.
//
// Everything waits for the database and throws pg::Error.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/staff.h"

namespace osier::identity {

using ApiKeyId = Strong<struct ApiKeyTag, Uuid>;

inline constexpr std::string_view api_key_prefix = "osk_";
inline constexpr std::size_t api_key_name_length_max = 60;  // Characters.
inline constexpr int api_key_days_max = 366;

struct ApiKey {
  ApiKeyId id;
  std::string name;
  std::string prefix;  // Its first characters.
  PermissionSet scopes;
  Instant created_at;
  Instant expires_at;
  std::optional<Instant> last_used_at;  // To the hour.
  std::optional<Instant> revoked_at;

  bool is_alive(Instant now) const { return !revoked_at && now < expires_at; }
};

class ApiKeys {
 public:
  // All outlive it.
  ApiKeys(pg::Database& database, Staff& staff, const Clock& clock, Random& random)
      : database_(database), staff_(staff), clock_(clock), random_(random) {}

  struct Made {
    ApiKeyId id;
    std::string token;  // Told once.
  };
  // `days`: from 1 to api_key_days_max. `by` is a member of staff.
  Task<Result<Made, RightsRefusal>> make(StaffActor by, std::string name, PermissionSet scopes,
                                         int days);
  Task<Result<void, RightsRefusal>> revoke(StaffActor by, ApiKeyId id);
  // Those that live first, the newest first.
  Task<std::vector<ApiKey>> list();

  // The living key of that token; notes that it was used.
  Task<std::optional<ApiKey>> find(std::string token);

 private:
  pg::Database& database_;
  Staff& staff_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace osier::identity
