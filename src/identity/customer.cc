#include "identity/customer.h"

#include <algorithm>
#include <array>

#include "platform/mail/mail.h"
#include "privacy/email.h"

namespace osier::identity {

std::string Customer::name() const {
  if (given_name.empty() || family_name.empty()) return given_name + family_name;
  return given_name + " " + family_name;
}

namespace {

bool is_line(std::string_view text, std::size_t length_max) {
  const bool has_control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  const auto length = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return !has_control && static_cast<std::size_t>(length) <= length_max;
}

}  // namespace

bool is_name(std::string_view text) { return is_line(text, name_length_max); }
bool is_phone(std::string_view text) { return is_line(text, phone_length_max); }

std::optional<std::string> mailbox_of(std::string_view typed) {
  while (!typed.empty() && typed.front() == ' ') typed.remove_prefix(1);
  while (!typed.empty() && typed.back() == ' ') typed.remove_suffix(1);
  const auto at = typed.rfind('@');
  if (typed.size() > 1'000 || at == std::string_view::npos) return std::nullopt;
  const std::string normalised = privacy::normalised_email(typed);
  std::string mailbox(typed.substr(0, at));
  const std::string domain = normalised.substr(normalised.rfind('@'));
  mailbox += domain;
  if (!domain.contains('.') || !mail::Address::named("", mailbox)) return std::nullopt;
  return mailbox;
}

namespace {

using Mark = std::pair<std::string_view, std::string_view>;  // What stands there, what it means.

// The first mark that stands there decides: browsers name those that they descend from as well.
constexpr std::array browsers{Mark{"Edg/", "Edge"},        Mark{"OPR/", "Opera"},
                              Mark{"Firefox/", "Firefox"}, Mark{"FxiOS/", "Firefox"},
                              Mark{"CriOS/", "Chrome"},    Mark{"HeadlessChrome/", "Chrome"},
                              Mark{"Chrome/", "Chrome"},   Mark{"Safari/", "Safari"}};
constexpr std::array systems{Mark{"Android", "Android"}, Mark{"iPhone", "iPhone"},
                             Mark{"iPad", "iPad"},       Mark{"Windows", "Windows"},
                             Mark{"Mac OS X", "macOS"},  Mark{"CrOS", "ChromeOS"},
                             Mark{"Linux", "Linux"}};

template <class Marks>
std::string_view meaning_in(const Marks& marks, std::string_view text) {
  const auto found =
      std::ranges::find_if(marks, [&](const Mark& mark) { return text.contains(mark.first); });
  return found == marks.end() ? std::string_view() : found->second;
}

}  // namespace

std::string device_of(std::string_view user_agent) {
  const auto browser = meaning_in(browsers, user_agent);
  const auto system = meaning_in(systems, user_agent);
  std::string device(browser);
  if (!browser.empty() && !system.empty()) device += ", ";
  return device + std::string(system);
}

}  // namespace osier::identity
