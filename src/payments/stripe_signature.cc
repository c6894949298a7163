#include "payments/stripe_signature.h"

#include <charconv>
#include <optional>
#include <string>

#include "platform/crypto/crypto.h"

namespace osier::payments {

namespace {

struct Signature {
  std::optional<std::int64_t> seconds;
  std::string seconds_text;  // As signed.
  std::vector<std::string_view> v1;
};

// Digits alone: from_chars would take a minus.
std::optional<std::int64_t> seconds_of(std::string_view text) {
  constexpr std::size_t digits_max = 11;  // Until the year 5138.
  if (text.empty() || text.size() > digits_max || text.front() == '-') return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

Signature read(std::string_view header) {
  Signature signature;
  while (!header.empty()) {
    const auto comma = header.find(',');
    const auto part = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    if (part.starts_with("t=")) {
      signature.seconds = seconds_of(part.substr(2));
      signature.seconds_text = part.substr(2);
    } else if (part.starts_with("v1=")) {
      signature.v1.push_back(part.substr(3));
    }
  }
  return signature;
}

}  // namespace

Result<void, SignatureRefusal> check_signature(std::string_view header, std::string_view body,
                                               const std::vector<Secret>& secrets, Instant now) {
  const Signature signature = read(header);
  if (!signature.seconds || signature.v1.empty()) return refuse(SignatureRefusal::malformed);

  const std::string signed_text = signature.seconds_text + "." + std::string(body);
  bool is_ours = false;
  for (const Secret& secret : secrets) {
    const std::string expected = crypto::hmac_sha256_hex(secret.reveal(), signed_text);
    for (const std::string_view given : signature.v1) {
      if (crypto::equal_in_constant_time(given, expected)) is_ours = true;
    }
  }
  if (!is_ours) return refuse(SignatureRefusal::not_by_stripe);

  const Instant signed_at{std::chrono::seconds(*signature.seconds)};
  const Duration age = now - signed_at;
  if (age > signature_age_max || age < -signature_age_max)
    return refuse(SignatureRefusal::out_of_time);
  return {};
}

}  // namespace osier::payments
