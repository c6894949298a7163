// Payment intents, payment methods, charges and refunds: what moves money.

#pragma once

#include <string>
#include <vector>

#include "books.h"
#include "params.h"

namespace osier::simulator {

class Intents {
 public:
  explicit Intents(Books& books) : books_(books) {}

  Answer<json::Object> create(const Call& call, Params params);
  Answer<json::Object> update(const Call& call, const std::string& id, Params params);
  Answer<json::Object> confirm(const Call& call, const std::string& id, Params params);
  Answer<json::Object> cancel(const Call& call, const std::string& id, Params params);
  Answer<json::Object> capture(const Call& call, const std::string& id, Params params);
  Answer<json::Object> create_method(Params params);
  Answer<json::Object> refund(const Call& call, Params params);
  // The bank does not take a refund's money: it is the shop's again, and the charge is refunded by
  // so much less. One that has failed already stays as it is.
  json::Object fail_refund(const Call& call, const std::string& id);
  // The same at a later time; whoever keeps the time calls fail_due_refunds.
  void fail_refund_later(const std::string& id, Duration delay);
  void fail_due_refunds();

  // For a hosted page: an intent of this session, made ready for an attempt with this card.
  json::Object& open_for_session(const Call& call, const json::Object& session,
                                 json::Object metadata, const json::Object& data);
  // One attempt with a payment method. Refuses with the card's error (402), or leaves the intent at
  // succeeded, requires_capture or requires_action.
  Answer<void> attempt(const Call& call, json::Object& intent, const std::string& method_id,
                       const std::string& return_url);
  // How 3-D Secure ended.
  enum class Challenge { passed, failed };
  Answer<void> finish_challenge(const Call& call, json::Object& intent, Challenge outcome);
  std::string add_method(const TestCard& card, const CardEntry& entry,
                         json::Object billing_details);
  void cancel_for_expired_session(const Call& call, json::Object& intent);

 private:
  Answer<void> charge(const Call& call, json::Object& intent, const std::string& method_id);
  Refusal<ApiError> decline(const Call& call, json::Object& intent, const std::string& method_id,
                            const Decline& why, const std::string& charge_id);
  json::Object& add_charge(const json::Object& intent, const std::string& method_id);
  std::string add_transaction(std::int64_t amount, const json::Object& charge,
                              const std::string& source, const std::string& type);
  void mark_captured(const Call& call, json::Object& intent, json::Object& charge,
                     std::int64_t amount);
  Answer<std::string> method_from(Params& params, const json::Object& intent);
  Answer<std::string> charge_to_refund(Params& params);
  void take_common(Params& params, json::Object& intent);

  struct FailingRefund {
    std::string id;
    Instant at;
  };

  Books& books_;
  std::vector<FailingRefund> failing_;
};

// The least Stripe charges: 50 of the minor unit for the currencies of our shops.
inline constexpr std::int64_t amount_min = 50;
inline constexpr std::int64_t amount_max = 99'999'999;

}  // namespace osier::simulator
