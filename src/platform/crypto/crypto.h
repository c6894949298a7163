// Hashes, message authentication and the text forms of bytes. OpenSSL and libsodium do the work.
//
// Nothing here waits. Bytes travel as std::string_view in and std::string or a fixed array out.

#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace osier::crypto {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

// HMAC with SHA-256 (RFC 2104). The key may have any length.
Digest hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
// The same with SHA-1, where a standard asks for it (RFC 4226, RFC 6238). 20 bytes.
std::array<unsigned char, 20> hmac_sha1(std::string_view key, std::string_view bytes);

// What is stored of a random token (a session, a guest's order link): its SHA-256 in 64 hex digits,
// so that a stolen table opens nothing. For tokens of 128 random bits and more; passwords need a
// slow hash instead.
std::string token_hash(std::string_view token);

// Lower case.
std::string to_hex(std::span<const unsigned char> bytes);
std::string to_hex(std::string_view bytes);
// Either case; nothing for an odd count or any other character.
std::optional<std::string> from_hex(std::string_view text);

// RFC 4648 section 4, padded.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
// RFC 4648 section 5, without padding.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);
// RFC 4648 section 6, without padding: A to Z and 2 to 7.
std::string to_base32(std::string_view bytes);

// True if both are equal; the time taken depends on the lengths only.
bool equal_in_constant_time(std::string_view left, std::string_view right);

// A digest's bytes as a view, for the functions above.
inline std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace osier::crypto
