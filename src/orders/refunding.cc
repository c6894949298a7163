#include "orders/refunding.h"

#include <algorithm>
#include <array>
#include <map>

namespace osier::orders {

namespace {

// The first `count` units of a line.
std::int64_t value_of_first(std::int64_t total, std::int64_t quantity, std::int64_t count) {
  return total / quantity * count + std::min(count, total % quantity);
}

}  // namespace

Money value_of_units(Money line_total, std::int32_t quantity, std::int32_t before,
                     std::int32_t count) {
  require(line_total.amount_minor() >= 0 && before >= 0 && count >= 0 && before + count <= quantity,
          "a line's units are part of it");
  const std::int64_t total = line_total.amount_minor();
  return Money::minor(
      value_of_first(total, quantity, before + count) - value_of_first(total, quantity, before),
      line_total.currency());
}

namespace {

using Refused = std::optional<StaffRefusal>;

class Decision {
 public:
  explicit Decision(const RefundFacts& facts) : facts_(facts) {
    plan_.amount = plan_.shipping = left_ = worth_ = Money::zero(facts.currency);
    for (const auto& source : facts.sources) {
      if (source.left.amount_minor() > 0) left_ += source.left;
    }
  }

  Refused take_everything() {
    for (const auto& line : facts_.lines) {
      if (line.unsent > 0) take_units(line, line.unsent);
    }
    take_shipping();
    plan_.amount = left_;
    return std::nullopt;
  }

  Refused take_part(const RefundRequest& request) {
    if (const auto refused = take_lines(request.lines)) return refused;
    if (request.with_shipping) {
      const bool is_refunded =
          facts_.shipping.amount_minor() > 0 && facts_.shipping_refunded == facts_.shipping;
      if (is_refunded) return StaffRefusal::shipping_refunded;
      take_shipping();
    }
    plan_.amount = request.amount.value_or(worth_);
    if (plan_.amount.currency() != facts_.currency || plan_.amount.amount_minor() < 0)
      return StaffRefusal::amount_invalid;
    if (plan_.amount > left_) return StaffRefusal::more_than_paid;
    return std::nullopt;
  }

  Result<RefundPlan, StaffRefusal> finish() {
    if (plan_.amount.amount_minor() == 0 && plan_.lines.empty())
      return refuse(StaffRefusal::nothing_to_refund);
    fit_worth_into_amount();
    take_from_payments();
    return std::move(plan_);
  }

 private:
  Refused take_lines(const std::vector<UnitsOfLine>& wanted) {
    std::map<LineId, std::int64_t> units;
    for (const auto& each : wanted) {
      if (each.quantity <= 0) return StaffRefusal::units_not_there;
      units[each.line_id] += each.quantity;
    }
    for (const auto& [id, quantity] : units) {
      const auto line = std::ranges::find(facts_.lines, id, &RefundFacts::Line::id);
      if (line == facts_.lines.end()) return StaffRefusal::unknown_line;
      if (quantity > line->unsent) return StaffRefusal::units_not_there;
      take_units(*line, static_cast<std::int32_t>(quantity));
    }
    return std::nullopt;
  }

  void take_units(const RefundFacts::Line& line, std::int32_t quantity) {
    const Money value = value_of_units(line.total, line.quantity, line.canceled, quantity);
    plan_.lines.push_back({.line_id = line.id, .quantity = quantity, .amount = value});
    worth_ += value;
  }

  void take_shipping() {
    plan_.shipping = facts_.shipping - facts_.shipping_refunded;
    worth_ += plan_.shipping;
  }

  // Less money than lines and delivery are worth is spread over them in proportion.
  void fit_worth_into_amount() {
    if (worth_ <= plan_.amount) return;
    std::vector<std::int64_t> weights;
    for (const auto& line : plan_.lines) weights.push_back(line.amount.amount_minor());
    weights.push_back(plan_.shipping.amount_minor());
    const auto shares = allocate(plan_.amount, weights);
    for (std::size_t i = 0; i < plan_.lines.size(); ++i) plan_.lines[i].amount = shares[i];
    plan_.shipping = shares.back();
  }

  void take_from_payments() {
    Money wanted = plan_.amount;
    for (const auto& source : facts_.sources) {
      const Money part = std::min(wanted, source.left);
      if (part.amount_minor() <= 0) continue;
      plan_.parts.push_back({source.payment_id, part});
      wanted -= part;
    }
    require(wanted.amount_minor() == 0, "what is refunded was paid");
  }

  const RefundFacts& facts_;
  Money left_;
  Money worth_;  // Of the units and the delivery that were taken.
  RefundPlan plan_;
};

// Money of an order that is over may be there still, if an earlier refund has failed.
bool may_be_refunded(OrderStatus status) {
  switch (status) {
    case OrderStatus::draft:
    case OrderStatus::pending:
      return false;
    case OrderStatus::placed:
    case OrderStatus::completed:
    case OrderStatus::expired:
    case OrderStatus::canceled:
      return true;
  }
  return false;
}

}  // namespace

Result<RefundPlan, StaffRefusal> decide_refund(const RefundFacts& facts,
                                               const RefundRequest& request) {
  if (!may_be_refunded(facts.status)) return refuse(StaffRefusal::wrong_status);
  Decision decision(facts);
  const auto refused = request.scope == RefundRequest::Scope::everything
                           ? decision.take_everything()
                           : decision.take_part(request);
  if (refused) return refuse(*refused);
  return decision.finish();
}

// --- Words.

namespace {

constexpr std::array<std::pair<RefundedUnits, std::string_view>, 3> units_words{
    {{RefundedUnits::none, "none"},
     {RefundedUnits::restocked, "restocked"},
     {RefundedUnits::written_off, "written_off"}}};

}  // namespace

std::string_view to_string(RefundedUnits units) {
  return std::ranges::find(units_words, units, &std::pair<RefundedUnits, std::string_view>::first)
      ->second;
}

std::optional<RefundedUnits> parse_refunded_units(std::string_view word) {
  const auto found =
      std::ranges::find(units_words, word, &std::pair<RefundedUnits, std::string_view>::second);
  if (found == units_words.end()) return std::nullopt;
  return found->first;
}

OrderRefund::Status OrderRefund::status() const {
  Status status = Status::done;
  for (const Payment& payment : payments) {
    if (payment.status == payments::RefundStatus::failed) return Status::failed;
    if (payment.status == payments::RefundStatus::created) status = Status::under_way;
  }
  return status;
}

}  // namespace osier::orders
