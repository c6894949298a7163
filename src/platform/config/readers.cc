#include "platform/config/readers.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "platform/crypto/crypto.h"

namespace osier::config {

namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool has_space(std::string_view text) {
  return has_control(text) || text.find(' ') != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The width of the address in bits: 32, 128, or 0 if it is none.
int address_bits(const std::string& text) {
  std::array<unsigned char, 16> bytes;
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return 128;
  return 0;
}

bool is_network(const std::string& text) {
  const auto slash = text.find('/');
  const int bits = address_bits(text.substr(0, slash));
  if (bits == 0 || slash == std::string::npos) return bits != 0;
  const auto prefix = number_from<int>(std::string_view(text).substr(slash + 1));
  return prefix && *prefix >= 0 && *prefix <= bits;
}

// A host name or address, with a port or without.
bool is_host(std::string_view text) {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
  });
}

// What follows scheme://; nothing if the scheme is another.
std::optional<std::string_view> behind_scheme(std::string_view text, std::string_view scheme) {
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  if (text.starts_with('s')) text.remove_prefix(1);
  if (!text.starts_with("://")) return std::nullopt;
  return text.substr(3);
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto element = trimmed(text.substr(0, comma));
    if (!element.empty()) list.emplace_back(element);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& element : list) text += (text.empty() ? "" : ",") + element;
  return text;
}

std::string read_number(std::int64_t& out, const std::string& text, std::int64_t min,
                        std::int64_t max) {
  const auto number = number_from<std::int64_t>(text);
  if (!number || *number < min || *number > max) {
    return "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  }
  out = *number;
  return {};
}

std::string read_line(std::string& out, const std::string& text) {
  if (has_control(text)) return "must be one line of text without control characters";
  out = text;
  return {};
}

std::string read_secret(Secret& out, const std::string& text) {
  if (has_control(text)) return "must be one line of text without control characters";
  out = Secret(text);
  return {};
}

std::string read_secret_pair(std::vector<Secret>& out, const std::string& text) {
  std::vector<Secret> secrets;
  for (auto& secret : split_list(text)) {
    if (has_space(secret)) return "must not contain spaces";
    secrets.emplace_back(std::move(secret));
  }
  if (secrets.empty() || secrets.size() > 2) {
    return "must be one secret, or two separated by a comma";
  }
  out = std::move(secrets);
  return {};
}

static bool is_key(std::string_view text) {
  const auto bytes = crypto::from_base64(text);
  return bytes && bytes->size() == 32;
}

std::string read_key(Secret& out, const std::string& text) {
  if (!is_key(text))
    return "must be 32 random bytes in base64, as `openssl rand -base64 32` prints";
  out = Secret(text);
  return {};
}

std::string read_public_keys(std::vector<std::string>& out, const std::string& text) {
  auto keys = split_list(text);
  if (!std::all_of(keys.begin(), keys.end(), is_key))
    return "must be public keys as `osier audit public-key` prints them, separated by commas";
  out = std::move(keys);
  return {};
}

std::string read_url(std::string& out, const std::string& text, std::string_view scheme) {
  const auto rest = behind_scheme(text, scheme);
  if (!rest || has_space(text) || rest->empty() || rest->starts_with('/')) {
    return "must be a URL that begins with " + std::string(scheme) + ":// or " +
           std::string(scheme) + "s://";
  }
  if (rest->find('@') != std::string_view::npos) return "must not have a user or password in it";
  out = text.substr(0, text.find_last_not_of('/') + 1);
  return {};
}

std::string read_ip(std::string& out, const std::string& text) {
  if (address_bits(text) == 0) return "must be an IP address, such as 127.0.0.1 or ::1";
  out = text;
  return {};
}

std::string read_hosts(std::vector<std::string>& out, const std::string& text) {
  auto hosts = split_list(text);
  if (!std::all_of(hosts.begin(), hosts.end(), [](const auto& host) { return is_host(host); })) {
    return "must be host names separated by commas";
  }
  out = std::move(hosts);
  return {};
}

std::string read_networks(std::vector<std::string>& out, const std::string& text) {
  auto networks = split_list(text);
  if (!std::all_of(networks.begin(), networks.end(), is_network)) {
    return "must be IP addresses or networks such as 10.0.0.0/8, separated by commas";
  }
  out = std::move(networks);
  return {};
}

std::string read_http_origins(std::vector<std::string>& out, const std::string& text) {
  auto origins = split_list(text);
  const auto is_origin = [](const std::string& origin) {
    const auto host = behind_scheme(origin, "http");
    return origin == "*" || (host && is_host(*host));
  };
  if (!std::all_of(origins.begin(), origins.end(), is_origin)) {
    return "must be origins such as https://shop.example, separated by commas, or *";
  }
  out = std::move(origins);
  return {};
}

}  // namespace osier::config
