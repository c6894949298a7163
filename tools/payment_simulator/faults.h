// What goes wrong on request: lost answers, lost and forged webhooks, and the like.

#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/time.h"
#include "platform/json/value.h"

namespace osier::simulator {

enum class FaultKind {
  timeout_after_charge,  // The call is carried out; its answer comes too late.
  error_500,     // The call is answered 500 and not carried out; the 500 belongs to its idempotency
                 // key.
  slow,          // The call is answered late.
  refund_fails,  // A refund is made, and has failed at once.
  refund_fails_later,  // A refund succeeds, and fails after the delay: the money comes back.
  duplicate,           // A webhook comes twice.
  delay,               // A webhook comes late.
  shuffle,             // Webhooks come in another order.
  lose,                // A webhook never comes.
  forge,               // Another webhook comes along, signed with a wrong secret.
};

std::optional<FaultKind> fault_kind_from(std::string_view word);
std::string_view to_string(FaultKind kind);

class Faults {
 public:
  struct Fault {
    FaultKind kind = FaultKind::slow;
    std::int64_t count = 1;  // How often it still strikes; negative: without end.
    double probability = 1;  // Of striking where it could.
    Duration delay = 2s;
    std::string match;  // Part of the path ("/v1/refunds") or of the event's type; empty: any.
    std::int64_t struck = 0;
    std::mt19937_64 random{};
  };

  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear() { faults_.clear(); }

  // The fault that strikes now, counted; nothing if none does.
  std::optional<Fault> strike(FaultKind kind, std::string_view subject);
  json::Array to_json() const;

 private:
  std::vector<Fault> faults_;
};

}  // namespace osier::simulator
