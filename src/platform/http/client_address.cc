#include "platform/http/client_address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "platform/http/ascii.h"

namespace osier::http {

namespace {

using Bytes = std::array<unsigned char, 16>;

struct Parsed {
  Bytes bytes;
  bool is_v4;
};

// IPv4 as IPv4-mapped IPv6, so that both spellings of one address are the same.
std::optional<Parsed> parse_address(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  if (address.is_v6()) return Parsed{address.to_v6().to_bytes(), address.to_v6().is_v4_mapped()};
  return Parsed{
      boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes(),
      true};
}

bool share_prefix(const Bytes& left, const Bytes& right, unsigned bits) {
  for (unsigned i = 0; i < 16 && bits > 0; ++i) {
    const unsigned here = bits < 8 ? bits : 8;
    const auto mask = static_cast<unsigned char>(0xFF << (8 - here));
    if ((left[i] & mask) != (right[i] & mask)) return false;
    bits -= here;
  }
  return true;
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& blocks) {
  for (const std::string& text : blocks) {
    std::string_view rest = text;
    const auto parsed = parse_address(cut_before(rest, '/'));
    if (!parsed) throw std::invalid_argument("not an address or CIDR block: " + text);
    const unsigned most = parsed->is_v4 ? 32 : 128;
    unsigned bits = most;
    if (text.find('/') != std::string::npos) {
      const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), bits);
      if (error != std::errc() || stop != rest.data() + rest.size() || bits > most) {
        throw std::invalid_argument("not an address or CIDR block: " + text);
      }
    }
    blocks_.push_back({.bytes = parsed->bytes, .bits = bits + (128 - most)});
  }
}

bool TrustedProxies::trusts(std::string_view address) const {
  if (blocks_.empty()) return false;
  const auto parsed = parse_address(address);
  if (!parsed) return false;
  for (const Block& block : blocks_) {
    if (share_prefix(parsed->bytes, block.bytes, block.bits)) return true;
  }
  return false;
}

std::string TrustedProxies::client_behind(std::string_view peer,
                                          std::string_view forwarded_for) const {
  std::string client(peer);
  std::string_view left = forwarded_for;
  while (!left.empty() && trusts(client)) {
    const auto comma = left.rfind(',');
    const std::string_view hop =
        trimmed(comma == std::string_view::npos ? left : left.substr(comma + 1));
    if (!parse_address(hop)) break;
    client = hop;
    left = comma == std::string_view::npos ? std::string_view{} : left.substr(0, comma);
  }
  return client;
}

std::string address_range(std::string_view address) {
  const auto parsed = parse_address(address);
  if (!parsed) return std::string(address);
  const auto* bytes = reinterpret_cast<const char*>(parsed->bytes.data());
  return parsed->is_v4 ? std::string(bytes + 12, 4) : std::string(bytes, 8);
}

}  // namespace osier::http
