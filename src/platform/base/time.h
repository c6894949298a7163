// Points in time and the clocks that tell them.
//
// Instant is UTC in microseconds, as PostgreSQL keeps it; only views know time zones. Nothing calls
// now() by itself: whoever needs the time is given a Clock, so that tests and simulations can turn
// it.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace osier {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

using namespace std::chrono_literals;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

// A clock that stands still until it is told to move. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  void advance(Duration by) { now_ += by; }
  void set(Instant to) { now_ = to; }

 private:
  Instant now_;
};

// "2026-11-22T09:41:20.123456Z" (RFC 3339).
std::string to_rfc3339(Instant instant);

// Reads RFC 3339 as well as PostgreSQL's ISO form ("2026-11-22 09:41:20.123456+00"). Nothing on any
// error.
std::optional<Instant> parse_instant(std::string_view text);

}  // namespace osier
