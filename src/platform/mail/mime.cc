#include <algorithm>
#include <array>

#include "platform/crypto/crypto.h"
#include "platform/mail/ascii.h"
#include "platform/mail/mail.h"

namespace osier::mail {

namespace {

constexpr std::size_t line_length_max = 76;  // RFC 2047 section 2 for lines with encoded words.
constexpr std::size_t word_length_max = 900;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::vector<std::string> split_at_spaces(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const auto space = text.find(' ');
    words.emplace_back(text.substr(0, space));
    if (space == std::string_view::npos) return words;
    text.remove_prefix(space + 1);
  }
}

// Encoded words (RFC 2047) of whole characters, 39 bytes each at most: with its name before it, a
// line holds one.
std::vector<std::string> encoded_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::size_t size = std::min<std::size_t>(39, text.size());
    while (size > 36 && size < text.size() && (text[size] & 0xC0) == 0x80) --size;
    words.push_back("=?UTF-8?B?" + crypto::to_base64(text.substr(0, size)) + "?=");
    text.remove_prefix(size);
  }
  return words;
}

// Text anyone may have written, as words to be joined by spaces.
std::vector<std::string> words_of(std::string_view text) {
  // A line of our own that looks like an encoded word must not be read as one.
  const bool looks_encoded = text.find("=?") != std::string_view::npos;
  auto words = split_at_spaces(text);
  const bool has_long_word =
      std::any_of(words.begin(), words.end(), [](const auto& word) { return word.size() > 60; });
  if (is_ascii(text) && !looks_encoded && !has_long_word) return words;
  return encoded_words(text);
}

std::vector<std::string> words_of(const Address& address) {
  const auto& name = address.name();
  if (name.empty()) return {address.email()};
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter_or_digit(c) || c == ' ' || c == '-' || c == '_' || c == '\'';
  });
  std::vector<std::string> words;
  if (is_plain || !is_ascii(name) || name.size() > 50) {
    words = words_of(name);
  } else {
    std::string quoted = "\"";
    for (const char c : name) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    words.push_back(quoted + '"');
  }
  words.push_back("<" + address.email() + ">");
  return words;
}

// A header, folded before a word where a line would become too long (RFC 5322 section 2.2.3).
void append_header(std::string& out, std::string_view name, const std::vector<std::string>& words) {
  out += name;
  out += ':';
  std::size_t length = name.size() + 1;
  for (const auto& word : words) {
    if (!word.empty() && length > 1 && length + 1 + word.size() > line_length_max) {
      out += "\r\n";
      length = 0;
    }
    out += ' ';
    out += word;
    length += 1 + word.size();
  }
  out += "\r\n";
}

std::string two_digits(unsigned number) {
  return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

// "Sun, 22 Nov 2026 09:41:20 +0000" (RFC 5322 section 3.3).
std::string date_of(Instant now) {
  static constexpr std::array weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::weekday weekday(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return std::string(weekdays[weekday.c_encoding()]) + ", " +
         two_digits(static_cast<unsigned>(date.day())) + " " +
         months[static_cast<unsigned>(date.month()) - 1] + " " +
         std::to_string(static_cast<int>(date.year())) + " " +
         two_digits(static_cast<unsigned>(time.hours().count())) + ":" +
         two_digits(static_cast<unsigned>(time.minutes().count())) + ":" +
         two_digits(static_cast<unsigned>(time.seconds().count())) + " +0000";
}

// "key@domain", or empty if the key is not fit to be one.
std::string full_message_id(const Message& message) {
  const auto& id = message.message_id;
  const auto at = id.find('@');
  const bool is_fit = std::all_of(id.begin(), id.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == '@';
  });
  if (id.empty() || !is_fit || id.size() > 200 || at == 0 || at + 1 == id.size()) return {};
  if (at == std::string::npos) return id + "@" + message.from.domain();
  return id.find('@', at + 1) == std::string::npos ? id : std::string();
}

// Text has CRLF line ends on the wire (RFC 2046 section 4.1.1).
std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

void append_part(std::string& out, std::string_view type, std::string_view text) {
  out += "Content-Type: text/";
  out += type;
  out += "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const auto encoded = crypto::to_base64(with_crlf(text));
  for (std::size_t i = 0; i < encoded.size(); i += line_length_max) {
    out += std::string_view(encoded).substr(i, line_length_max);
    out += "\r\n";
  }
}

void append_body(std::string& out, const Message& message, const std::string& id) {
  out += "MIME-Version: 1.0\r\n";
  if (message.html.empty()) return append_part(out, "plain", message.text);
  if (message.text.empty()) return append_part(out, "html", message.html);
  // Base64 has no hyphen, so no part can hold the boundary.
  const auto boundary = "osier-" + crypto::sha256_hex(id).substr(0, 24);
  out += "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  out += "--" + boundary + "\r\n";
  append_part(out, "plain", message.text);
  out += "--" + boundary + "\r\n";
  append_part(out, "html", message.html);
  out += "--" + boundary + "--\r\n";
}

std::optional<MailRefusal> fault_of_header(const std::string& name, const std::string& value) {
  static constexpr std::array ours = {"from",       "to",   "cc",           "bcc",   "subject",
                                      "message-id", "date", "mime-version", "sender"};
  const bool is_name = !name.empty() && name.size() <= 60 &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return is_letter_or_digit(c) || c == '-'; });
  const auto lowered = lower(name);
  if (has_control(value) || has_control(name)) return MailRefusal::line_break_in_header;
  if (!is_name || lowered.starts_with("content-") ||
      std::find(ours.begin(), ours.end(), lowered) != ours.end()) {
    return MailRefusal::header_invalid;
  }
  const auto words = split_at_spaces(value);
  const bool has_long_word = std::any_of(
      words.begin(), words.end(), [](const auto& word) { return word.size() > word_length_max; });
  if (has_long_word) return MailRefusal::header_invalid;
  return std::nullopt;
}

}  // namespace

Result<std::string, MailRefusal> to_mime(const Message& message, Instant now) {
  if (has_control(message.subject)) return refuse(MailRefusal::line_break_in_header);
  for (const auto& [name, value] : message.headers) {
    if (const auto fault = fault_of_header(name, value)) return refuse(*fault);
  }
  const auto id = full_message_id(message);
  if (id.empty()) return refuse(MailRefusal::message_id_invalid);
  if (message.html.empty() && message.text.empty()) return refuse(MailRefusal::empty_body);

  std::string out;
  append_header(out, "Date", {date_of(now)});
  append_header(out, "Message-ID", {"<" + id + ">"});
  append_header(out, "From", words_of(message.from));
  append_header(out, "To", words_of(message.to));
  append_header(out, "Subject", words_of(message.subject));
  for (const auto& [name, value] : message.headers) {
    append_header(out, name, is_ascii(value) ? split_at_spaces(value) : encoded_words(value));
  }
  append_body(out, message, id);
  return out;
}

}  // namespace osier::mail
