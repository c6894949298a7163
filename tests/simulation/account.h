// The truth about money in a simulated world: what the provider's account holds, and the messages
// it sends about it. It outlives every process of the shop.

#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "payments/provider.h"
#include "platform/jobs/inbox.h"
#include "simulation/stage.h"

namespace osier::simulation {

struct Attempt {
  enum class Standing { open, processing, paid, closed };

  struct Refund {
    std::string reference;
    payments::RefundId id;
    std::int64_t amount_minor = 0;
  };

  payments::PaymentId id;
  payments::PaymentMethod method = payments::PaymentMethod::hosted_page;
  std::string session_id;
  std::string intent_id;
  Money amount;
  Instant expires_at;
  Standing standing = Standing::open;
  std::string decline;
  std::vector<Refund> refunds;
  std::int64_t returned_by_hand_minor = 0;  // Staff sent it themselves, past the provider.

  std::int64_t captured_minor() const;
  std::int64_t refunded_minor() const;
};

// A message on its way to the shop.
struct Webhook {
  jobs::InboxEvent event;
  bool can_be_lost = true;
};

class Account {
 public:
  explicit Account(Stage& stage) : stage_(stage) {}

  // --- The provider's side of the port's calls. All are safe to repeat.

  Attempt& open(payments::PaymentMethod method, const payments::Purchase& purchase);
  // Null: there is no such attempt here.
  Attempt* find(payments::PaymentId id);
  payments::PaymentReport report_of(const payments::Payment& payment);
  payments::CloseOutcome close(const payments::Payment& payment);
  // Throws std::runtime_error if there is not that much left.
  std::string refund(const payments::Payment& payment, payments::RefundId id, Money amount);

  // --- What shoppers do on the provider's page. Nothing happens on one that is closed.

  void pay(payments::PaymentId id, bool is_slow);
  void decline(payments::PaymentId id);
  // A slow payment ends well or not.
  void finish(payments::PaymentId id, bool is_good);
  // A bank that lets money through on an attempt that was closed. The message about it always
  // arrives: nobody asks about what is over.
  void pay_late(payments::PaymentId id);
  // Pages whose time is over close by themselves.
  void end_overdue();

  const std::map<payments::PaymentId, Attempt>& attempts() const { return attempts_; }
  std::vector<payments::PaymentId> in_processing() const;

  // --- Messages that wait to be delivered: the network takes what it likes.
  std::deque<Webhook> webhooks;
  void tell(const std::string& type, const std::string& object_id);
  void forge(const std::string& object_id);

  // A broken world, for negative controls.
  bool closes_only_in_words = false;
  bool refunds_again = false;

 private:
  void tell_about(const Attempt& attempt, const std::string& what);

  Stage& stage_;
  std::map<payments::PaymentId, Attempt> attempts_;
  int events_ = 0;
};

// What the weather does to calls; in a thousand.
struct Weather {
  int request_lost = 0;
  int answer_lost = 0;
  int refund_refused = 0;
  bool is_away = false;
};

// The provider as one process of the shop sees it: each call stands at a gate on its way there and
// on its way back, and may be lost on either.
class SimulatedProvider final : public payments::PaymentProvider {
 public:
  SimulatedProvider(Stage& stage, Account& account, const Weather& weather, int process)
      : stage_(stage), account_(account), weather_(weather), process_(process) {}

  Task<Result<Opened, payments::OpenRefusal>> open(payments::PaymentMethod method,
                                                   payments::Purchase purchase) override;
  Task<payments::PaymentReport> ask(payments::Payment payment) override;
  Task<payments::CloseOutcome> close(payments::Payment payment) override;
  Task<std::string> refund(payments::Payment payment, payments::RefundId refund_id,
                           Money amount) override;

 private:
  Task<void> travel_there(std::string call, payments::PaymentId id);
  Task<void> travel_back(std::string answer);

  Stage& stage_;
  Account& account_;
  const Weather& weather_;
  const int process_;
};

// The last digits of an id: enough for the record.
std::string short_id(const Uuid& id);

}  // namespace osier::simulation
