// What a group of Stripe's events leads to.

#pragma once

#include <vector>

#include "orders/orders.h"
#include "payments/payments.h"
#include "platform/jobs/inbox.h"

namespace osier::app {

// Asks Stripe about the payments that the events are about, and books the answers in one go. An
// event only says what to look at, so that order and repetition of events do not matter, and a
// forged one does nothing. Throws, after booking the others, what kept one from being asked about.
Task<void> settle_stripe_events(payments::Payments& payments, orders::Orders& orders,
                                std::vector<jobs::InboxEvent> events);

}  // namespace osier::app
