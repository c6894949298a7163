#include "app/background.h"

#include <chrono>

#include "app/audit_chain.h"
#include "app/reconcile.h"
#include "app/self_check.h"
#include "app/stripe_events.h"
#include "identity/staff_mail.h"
#include "orders/confirmation_mail.h"
#include "orders/refund_mail.h"
#include "orders/withdrawal_mail.h"
#include "payments/declined_tries.h"
#include "platform/jobs/trim.h"

namespace osier::app {

Background::Background(Shop& shop, const catalog::Storefront& storefront)
    : shop_(shop), storefront_(storefront) {
  connect_listeners();
  add_schedules();
}

namespace {

Task<void> complete_carts_of(Shop& shop, std::vector<jobs::Event> events) {
  std::vector<orders::OrderId> orders;
  for (const jobs::Event& event : events) orders.emplace_back(event.aggregate_id);
  co_await shop.checkout.complete_carts_of(std::move(orders));
}

Task<void> run_cart_sweep(Shop& shop) { (void)co_await shop.checkout.abandon_idle_carts(1'000); }
// The order goes, and with it the payment on which cards were tried.
Task<void> stop_card_testing(Shop& shop) {
  constexpr int orders_max = 50;
  const auto payables = co_await payments::declined_too_often(shop.database, orders_max);
  for (const payments::PayableId payable : payables) {
    const orders::OrderId id{payable.value()};
    const auto outcome =
        co_await shop.orders.release(id, orders::Orders::ReleaseReason::canceled, "card_testing");
    if (outcome != orders::Orders::ReleaseOutcome::released) continue;
    shop.metrics
        .counter("osier_card_testing_stopped_total",
                 "Orders ended because card after card was tried on them.")
        .Increment();
    shop.log.warning("an order was ended: card after card was tried on it",
                     {{"order", id.value().to_string()}});
  }
}
Task<void> run_sign_head(Shop& shop) {
  (void)co_await sign_head(shop.database, audit_files(shop.config), shop.clock.now());
}
Task<void> run_trim(Shop& shop) { co_await shop.catalog.trim_changes(); }
Task<void> trim_sign_ins(Shop& shop) {
  (void)co_await shop.throttle.trim();
  (void)co_await shop.sessions.trim();
  (void)co_await shop.staff->factors().trim();
}

}  // namespace

void Background::connect_listeners() {
  const auto complete_carts = [this](std::vector<jobs::Event> events) {
    return complete_carts_of(shop_, std::move(events));
  };
  shop_.outbox.listen_in_groups("order.placed", "complete_cart", complete_carts);
  const auto mail = std::make_shared<orders::ConfirmationMail>(
      shop_.orders, *shop_.mailer, storefront_, shop_.config.mail_from, shop_.log);
  shop_.outbox.listen("order.placed", "confirmation_mail",
                      [mail](jobs::Event event) { return mail->send(std::move(event)); });
  const auto refund_mail = std::make_shared<orders::RefundMail>(
      shop_.orders, *shop_.mailer, storefront_, shop_.config.mail_from, shop_.log);
  shop_.outbox.listen("order.refunded", "refund_mail", [refund_mail](jobs::Event event) {
    return refund_mail->send(std::move(event));
  });
  const auto withdrawal_mail = std::make_shared<orders::WithdrawalMail>(
      shop_.withdrawals, *shop_.mailer, storefront_, shop_.config.mail_from, shop_.log);
  shop_.outbox.listen("order.withdrawn", "withdrawal_mail", [withdrawal_mail](jobs::Event event) {
    return withdrawal_mail->send(std::move(event));
  });
  const auto staff_mail = std::make_shared<identity::StaffMail>(
      *shop_.staff, *shop_.mailer, *shop_.templates, *shop_.texts, shop_.log,
      identity::StaffMail::Settings{
          .from = shop_.config.mail_from,
          .portal_url = shop_.config.admin_base_url,
          .shop_name = [this] { return shop_.catalog.snapshot()->shop().name; }});
  shop_.outbox.listen(
      identity::staff_invited_topic, "staff_invitation_mail",
      [staff_mail](jobs::Event event) { return staff_mail->send_invitation(std::move(event)); });
  shop_.outbox.listen(
      identity::second_factor_news_topic, "staff_factor_mail",
      [staff_mail](jobs::Event event) { return staff_mail->send_news(std::move(event)); });
  shop_.inbox.handle("stripe", [this](std::vector<jobs::InboxEvent> events) {
    return settle_stripe_events(shop_.payments, shop_.orders, std::move(events));
  });
}

void Background::add_schedules() {
  orders::add_schedules(shop_.schedules, shop_.orders);
  shop_.schedules.every(10min, "checkout.abandon_carts", [this] { return run_cart_sweep(shop_); });
  shop_.schedules.every(10s, "payments.stop_card_testing",
                        [this] { return stop_card_testing(shop_); });
  shop_.schedules.every(10min, "identity.trim", [this] { return trim_sign_ins(shop_); });
  shop_.schedules.every(24h, "catalog.trim_changes", [this] { return run_trim(shop_); });
  if (shop_.config.verify_minutes > 0) {
    shop_.schedules.every(std::chrono::minutes(shop_.config.verify_minutes), verify_schedule,
                          [this] { return check_invariants(shop_); });
  }
  if (shop_.stripe)
    shop_.schedules.every(1h, reconcile_schedule, [this] { return reconcile_books(shop_); });
  shop_.schedules.every(1h, sign_head_schedule, [this] { return run_sign_head(shop_); });
  shop_.schedules.every(1h, "jobs.trim", [this] { return jobs::trim_done(shop_.database); });
}

// Returns where it was called.
static Task<void> run_outbox(Shop& shop) {
  co_await resume_on(shop.afterwards_thread.loop());
  co_await shop.outbox.run();
  co_await resume_on(shop.background_thread.loop());
}

void Background::start() { shop_.background_thread.run(start_all()); }

Task<void> Background::start_all() {
  tasks_ = std::make_unique<TaskGroup>();
  tasks_->spawn(shop_.key_watch.run(shop_.connection));
  tasks_->spawn(shop_.catalog.run(shop_.connection));
  tasks_->spawn(shop_.waiting.run(shop_.connection));
  shop_.sessions.listen(shop_.background_thread.loop(), shop_.connection);
  if (!shop_.config.roles.worker) co_return;
  tasks_->spawn(run_outbox(shop_));
  tasks_->spawn(shop_.inbox.run());
  tasks_->spawn(shop_.schedules.run());
  tasks_->spawn(shop_.sequencer.run());
  nudges_ = std::make_unique<pg::Listener>(
      shop_.background_thread.loop(), shop_.connection, std::vector<std::string>{"outbox", "inbox"},
      pg::Listener::Handlers{.notified =
                                 [this](std::string channel, std::string) {
                                   channel == "outbox" ? shop_.outbox.nudge() : shop_.inbox.nudge();
                                 },
                             .connected =
                                 [this] {
                                   shop_.outbox.nudge();
                                   shop_.inbox.nudge();
                                 }});
}

void Background::stop() { shop_.background_thread.run(stop_all()); }

Task<void> Background::stop_all() {
  constexpr Duration patience = 6s;
  shop_.key_watch.stop();
  shop_.catalog.stop();
  shop_.waiting.stop();
  shop_.outbox.stop();
  shop_.inbox.stop();
  shop_.schedules.stop();
  shop_.sequencer.stop();
  shop_.sessions.stop_listening();
  nudges_.reset();
  // A sweep that waits for a slow provider is cut: it holds nothing that the next process does not
  // take up again.
  const auto end = std::chrono::steady_clock::now() + patience;
  while (tasks_ && tasks_->running() > 0 && std::chrono::steady_clock::now() < end)
    co_await sleep_for(5ms);
  if (tasks_ && tasks_->running() > 0)
    (void)tasks_.release();  // Never resumed: the threads stop next.
  tasks_.reset();
}

}  // namespace osier::app
