#include "faults.h"

#include <array>

namespace osier::simulator {

namespace {

struct Name {
  FaultKind kind;
  std::string_view word;
};

constexpr std::array names = {
    Name{FaultKind::timeout_after_charge, "timeout_after_charge"},
    Name{FaultKind::error_500, "error_500"},
    Name{FaultKind::slow, "slow"},
    Name{FaultKind::refund_fails, "refund_fails"},
    Name{FaultKind::refund_fails_later, "refund_fails_later"},
    Name{FaultKind::duplicate, "duplicate"},
    Name{FaultKind::delay, "delay"},
    Name{FaultKind::shuffle, "shuffle"},
    Name{FaultKind::lose, "lose"},
    Name{FaultKind::forge, "forge"},
};

}  // namespace

std::optional<FaultKind> fault_kind_from(std::string_view word) {
  for (const Name& name : names) {
    if (name.word == word) return name.kind;
  }
  return std::nullopt;
}

std::string_view to_string(FaultKind kind) {
  for (const Name& name : names) {
    if (name.kind == kind) return name.word;
  }
  return "";
}

std::optional<Faults::Fault> Faults::strike(FaultKind kind, std::string_view subject) {
  for (Fault& fault : faults_) {
    if (fault.kind != kind || fault.count == 0) continue;
    if (!fault.match.empty() && subject.find(fault.match) == std::string_view::npos) continue;
    if (std::uniform_real_distribution<double>(0, 1)(fault.random) >= fault.probability) continue;
    if (fault.count > 0) --fault.count;
    ++fault.struck;
    return fault;
  }
  return std::nullopt;
}

json::Array Faults::to_json() const {
  json::Array list;
  for (const Fault& fault : faults_) {
    list.push_back(json::Object{{"kind", to_string(fault.kind)},
                                {"count", fault.count},
                                {"probability", fault.probability},
                                {"delay_ms", fault.delay / 1ms},
                                {"match", fault.match},
                                {"struck", fault.struck}});
  }
  return list;
}

}  // namespace osier::simulator
