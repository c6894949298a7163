// A broken promise of our own code stops the process, in every build.
//
// For bugs only: no input from outside may ever reach a failing require(). A supervisor starts the
// process again, and everything that must be true is in PostgreSQL, so stopping is always safe and
// going on never is.

#pragma once

#include <source_location>

namespace osier {

// Prints the promise and its place to stderr and aborts. Does not return.
[[noreturn]] void promise_broken(const char* promise, std::source_location where);

constexpr void require(bool holds, const char* promise,
                       std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]] {
    promise_broken(promise, where);
  }
}

}  // namespace osier
