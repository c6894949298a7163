// How the text of one setting becomes its value: each reader gives an empty string, or what the
// text must be. Inside platform/config only.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/secret.h"

namespace osier::config {

std::string read_number(std::int64_t& out, const std::string& text, std::int64_t min,
                        std::int64_t max);
std::string read_line(std::string& out, const std::string& text);
std::string read_secret(Secret& out, const std::string& text);
// One or two, separated by a comma.
std::string read_secret_pair(std::vector<Secret>& out, const std::string& text);
// 32 bytes in base64.
std::string read_key(Secret& out, const std::string& text);
std::string read_public_keys(std::vector<std::string>& out, const std::string& text);
// "http" stands for http and https, "smtp" for smtp and smtps. Slashes at the end are dropped.
std::string read_url(std::string& out, const std::string& text, std::string_view scheme);
std::string read_ip(std::string& out, const std::string& text);

std::string read_hosts(std::vector<std::string>& out, const std::string& text);
std::string read_networks(std::vector<std::string>& out, const std::string& text);
std::string read_http_origins(std::vector<std::string>& out, const std::string& text);

// "a, b" -> {"a", "b"}; empty elements are dropped.
std::vector<std::string> split_list(std::string_view text);
std::string joined(const std::vector<std::string>& list);

}  // namespace osier::config
