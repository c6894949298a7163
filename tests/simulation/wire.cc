#include "simulation/wire.h"

namespace osier::simulation::wire {

namespace {

std::size_t number_at(std::string_view buffer, std::size_t at) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<unsigned char>(buffer[at + i]);
  return number;
}

std::string_view word_at(std::string_view buffer, std::size_t at) {
  const auto end = buffer.find('\0', at);
  return buffer.substr(at, end - at);
}

// Parse: name, SQL. The lock goes, the length stays.
void blank_locks(std::string& bytes, std::size_t from, std::size_t to,
                 const std::set<std::string>& unlocked) {
  constexpr std::string_view lock = "FOR UPDATE";
  const std::string name(word_at(bytes, from + 5));
  if (!unlocked.contains(name)) return;
  const auto found = bytes.find(lock, from);
  if (found < to) bytes.replace(found, lock.size(), lock.size(), ' ');
}

}  // namespace

std::size_t startup_length(std::string_view buffer) {
  if (buffer.size() < 4) return 0;
  const std::size_t length = number_at(buffer, 0);
  return buffer.size() < length ? 0 : length;
}

std::size_t message_length(std::string_view buffer) {
  if (buffer.size() < 5) return 0;
  const std::size_t length = 1 + number_at(buffer, 1);
  return buffer.size() < length ? 0 : length;
}

bool take_request(std::string& buffer, const std::set<std::string>& unlocked, Request& request) {
  std::size_t at = 0;
  std::string label;
  for (;;) {
    const std::string_view rest = std::string_view(buffer).substr(at);
    const std::size_t length = message_length(rest);
    if (length == 0) return false;
    const char type = rest[0];
    if (type == 'B') {  // Bind: portal, statement.
      const auto portal = word_at(rest, 5);
      const auto statement = word_at(rest, 5 + portal.size() + 1);
      label += (label.empty() ? "" : " + ") + std::string(statement);
    } else if (type == 'P' && !unlocked.empty()) {
      blank_locks(buffer, at, at + length, unlocked);
    }
    at += length;
    if (type == 'S' || type == 'Q' || type == 'X') {
      request.is_goodbye = type == 'X';
      break;
    }
  }
  request.label = std::move(label);
  request.bytes = buffer.substr(0, at);
  buffer.erase(0, at);
  return true;
}

std::size_t answer_length(std::string_view buffer, std::int32_t& process_id) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t length = message_length(buffer.substr(at));
    if (length == 0) return 0;
    const char type = buffer[at];
    if (type == 'K') process_id = static_cast<std::int32_t>(number_at(buffer, at + 5));
    at += length;
    if (type == 'Z') return at;
  }
}

std::string error_of(std::string_view answer) {
  std::size_t at = 0;
  for (std::size_t length = 0; (length = message_length(answer.substr(at))) != 0; at += length) {
    if (answer[at] != 'E') continue;
    for (std::size_t field = at + 5; field < at + length && answer[field] != '\0';) {
      const auto text = word_at(answer, field + 1);
      if (answer[field] == 'C') return std::string(text);
      field += 1 + text.size() + 1;
    }
  }
  return {};
}

}  // namespace osier::simulation::wire
