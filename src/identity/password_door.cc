#include <exception>

#include "identity/customers.h"
#include "platform/crypto/crypto.h"

namespace osier::identity {

namespace throttle_rule {
constexpr ThrottleRule password_of_account{.name = "password_account", .count = 5, .per = 1min};
// NIST SP 800-63B-4 section 3.2.2 allows a hundred in a row.
constexpr ThrottleRule password_of_account_in_a_day{
    .name = "password_account_day", .count = 50, .per = 24h};
constexpr ThrottleRule password_from_address{.name = "password_address", .count = 20, .per = 1min};
constexpr ThrottleRule password_of_all{.name = "password_all", .count = 600, .per = 1min};
}  // namespace throttle_rule

std::vector<Bucket> PasswordDoor::buckets_of_address(std::vector<const ThrottleRule*> rules,
                                                     const std::string& client_address) const {
  std::vector<Bucket> buckets;
  if (exempt_.trusts(client_address)) return buckets;
  for (const ThrottleRule* const rule : rules) {
    buckets.push_back({rule, http::address_range(client_address)});
  }
  return buckets;
}

Task<Result<PasswordDoor::Verdict, Throttled>> PasswordDoor::check(pg::Bytes account,
                                                                   std::optional<std::string> hash,
                                                                   std::string typed,
                                                                   std::string client_address) {
  const std::string subject = crypto::to_hex(account);
  auto buckets = buckets_of_address({&throttle_rule::password_from_address}, client_address);
  if (!buckets.empty()) buckets.push_back({&throttle_rule::password_of_all, ""});
  buckets.push_back({&throttle_rule::password_of_account, subject});
  buckets.push_back({&throttle_rule::password_of_account_in_a_day, subject});
  const auto taken = co_await parts_.throttle.take(buckets);
  if (!taken) co_return refuse(taken.error());

  // What no account has is compared all the same, with what matches nothing.
  auto password = normalised_password(typed);
  if (!password) hash.reset();
  std::exception_ptr failure;
  PasswordHashing::Verdict verdict;
  try {
    verdict =
        co_await parts_.hashing.verify(std::move(hash), std::move(password).value_or(Secret("")));
  } catch (...) {
    failure = std::current_exception();  // Nothing was guessed.
  }
  if (failure || verdict.matches) co_await parts_.throttle.give_back(std::move(buckets));
  if (failure) std::rethrow_exception(failure);
  co_return Verdict{.matches = verdict.matches, .needs_rehash = verdict.needs_rehash};
}

}  // namespace osier::identity
