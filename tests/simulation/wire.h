// PostgreSQL's wire (protocol 3, chapter 55 of its manual), as far as a gate reads it.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace osier::simulation::wire {

// Bytes of the first whole message of the buffer, 0 if it is not all there. First messages of a
// connection have no type.
std::size_t startup_length(std::string_view buffer);
std::size_t message_length(std::string_view buffer);

// The first whole request: everything up to its Sync (or one simple query, or the goodbye).
struct Request {
  std::string bytes;
  std::string label;  // The statements' names.
  bool is_goodbye = false;
};
// Takes it off the buffer; false if it is not all there. `unlocked`: statements whose FOR UPDATE is
// blanked out.
bool take_request(std::string& buffer, const std::set<std::string>& unlocked, Request& request);

// The length of the first whole answer, up to ReadyForQuery; 0 if it is not all there. `process_id`
// is set if the server says who it is.
std::size_t answer_length(std::string_view buffer, std::int32_t& process_id);

// "57P01" of the first error in an answer; empty if there is none.
std::string error_of(std::string_view answer);

}  // namespace osier::simulation::wire
