#include "identity/authenticator_data.h"

namespace osier::identity {

namespace {

constexpr unsigned user_present = 0x01;
constexpr unsigned user_verified = 0x04;
constexpr unsigned backup_eligible = 0x08;
constexpr unsigned backed_up = 0x10;
constexpr unsigned has_credential = 0x40;
constexpr unsigned has_extensions = 0x80;
constexpr std::size_t aaguid_size = 16;

// Takes that many bytes from the front of `rest`; nothing if there are fewer.
std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) return std::nullopt;
  const auto taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

std::optional<std::uint32_t> take_number(std::string_view& rest, std::size_t size) {
  const auto bytes = take(rest, size);
  if (!bytes) return std::nullopt;
  std::uint32_t number = 0;
  for (const char byte : *bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::optional<AuthenticatorData::NewCredential> take_credential(std::string_view& rest) {
  if (!take(rest, aaguid_size)) return std::nullopt;  // The model: we ask for no attestation.
  const auto size = take_number(rest, 2);
  if (!size || *size == 0 || *size > credential_id_size_max) return std::nullopt;
  const auto id = take(rest, *size);
  if (!id) return std::nullopt;
  const auto map = Cbor::read(rest);
  if (!map) return std::nullopt;
  auto key = CoseKey::read(*map);
  if (!key) return std::nullopt;
  rest.remove_prefix(map->encoded().size());
  return AuthenticatorData::NewCredential{.id = std::string(*id), .key = std::move(*key)};
}

}  // namespace

std::optional<AuthenticatorData> AuthenticatorData::read(std::string_view bytes) {
  std::string_view rest = bytes;
  const auto rp_id_hash = take(rest, 32);
  const auto flags = take_number(rest, 1);
  const auto sign_count = take_number(rest, 4);
  if (!rp_id_hash || !flags || !sign_count) return std::nullopt;
  AuthenticatorData data{.rp_id_hash = std::string(*rp_id_hash),
                         .is_user_present = (*flags & user_present) != 0,
                         .is_user_verified = (*flags & user_verified) != 0,
                         .is_backup_eligible = (*flags & backup_eligible) != 0,
                         .is_backed_up = (*flags & backed_up) != 0,
                         .sign_count = *sign_count,
                         .credential = std::nullopt};
  if (data.is_backed_up && !data.is_backup_eligible) return std::nullopt;
  if ((*flags & has_credential) != 0) {
    data.credential = take_credential(rest);
    if (!data.credential) return std::nullopt;
  }
  if ((*flags & has_extensions) != 0) {
    const auto extensions = Cbor::read(rest);
    if (!extensions || extensions->kind() != Cbor::Kind::map) return std::nullopt;
    rest.remove_prefix(extensions->encoded().size());
  }
  if (!rest.empty()) return std::nullopt;
  return data;
}

}  // namespace osier::identity
