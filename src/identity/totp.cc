#include "identity/totp.h"

#include <fmt/format.h>

#include <array>

#include "platform/crypto/crypto.h"
#include "platform/html/html.h"

namespace osier::identity {

TotpStep totp_step_at(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch()).count() / 30;
}

Secret make_totp_seed(Random& random) {
  std::array<unsigned char, totp_seed_size> bytes;
  random.fill(bytes);
  return Secret(std::string(bytes.begin(), bytes.end()));
}

std::string totp_code(const Secret& seed, TotpStep step) {
  std::string counter(8, '\0');
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i) & 0xFF);
  }
  const auto digest = crypto::hmac_sha1(seed.reveal(), counter);
  // RFC 4226 section 5.3: four bytes from where the last half byte points to.
  const std::size_t at = digest.back() & 0xF;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | digest[at + i];
  return fmt::format("{:06}", (number & 0x7FFFFFFF) % 1'000'000);
}

namespace {

// The six digits that were typed; empty if it was anything else.
std::string digits_of(std::string_view typed) {
  if (typed.size() > 32) return {};
  std::string digits;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    if (c < '0' || c > '9') return {};
    digits += c;
  }
  return digits.size() == 6 ? digits : std::string();
}

}  // namespace

std::optional<TotpStep> matching_totp_step(const Secret& seed, std::string_view typed, Instant now,
                                           std::optional<TotpStep> used) {
  const std::string digits = digits_of(typed);
  if (digits.empty()) return std::nullopt;
  const TotpStep middle = totp_step_at(now);
  std::optional<TotpStep> matching;
  // All of them, so that the time taken does not tell which one it was.
  for (TotpStep step = middle - totp_steps_around; step <= middle + totp_steps_around; ++step) {
    const bool is_equal = crypto::equal_in_constant_time(totp_code(seed, step), digits);
    const bool is_unused = !used || step > *used;
    if (is_equal && is_unused && !matching) matching = step;
  }
  return matching;
}

std::string otpauth_uri(std::string_view issuer, std::string_view account, const Secret& seed) {
  const std::string encoded_issuer = html::url_encode(issuer);
  return fmt::format(
      "otpauth://totp/{0}:{1}?secret={2}&issuer={0}&algorithm=SHA1&digits=6&period=30",
      encoded_issuer, html::url_encode(account), crypto::to_base32(seed.reveal()));
}

std::string typed_form_of(const Secret& seed) {
  std::string grouped;
  for (const char c : crypto::to_base32(seed.reveal())) {
    if (grouped.size() % 5 == 4) grouped += ' ';
    grouped += c;
  }
  return grouped;
}

}  // namespace osier::identity
