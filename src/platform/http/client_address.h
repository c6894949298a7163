// Whose address counts when proxies stand in front (hardening 21).

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace osier::http {

class TrustedProxies {
 public:
  // Addresses ("10.0.0.7", "::1") and CIDR blocks ("10.0.0.0/8"). Throws std::invalid_argument,
  // naming the bad one.
  explicit TrustedProxies(const std::vector<std::string>& blocks);

  bool empty() const { return blocks_.empty(); }
  bool trusts(std::string_view address) const;

  // The client's address: walking X-Forwarded-For from its right end past trusted proxies to the
  // first that is none. Empty elements and what is no address end the walk at the last address that
  // was good.
  std::string client_behind(std::string_view peer, std::string_view forwarded_for) const;

 private:
  struct Block {
    std::array<unsigned char, 16> bytes{};
    unsigned bits = 128;
  };
  std::vector<Block> blocks_;
};

// What counts as one client where clients are counted: an IPv4 address, the /64 network of an IPv6
// one (a single household has that many). Bytes; what is no address stands for itself.
std::string address_range(std::string_view address);

}  // namespace osier::http
