// POST /webhooks/stripe: what Stripe tells us, checked, stored once in the inbox and acknowledged.
// Nothing is done about it here.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "payments/stripe_reading.h"
#include "platform/base/secret.h"
#include "platform/http/router.h"
#include "platform/jobs/inbox.h"
#include "platform/telemetry/log.h"

namespace osier::payments {

// The inbox event of a webhook's body; nothing if the body is none of Stripe's events. What it is
// about is the id of its object, or of the PaymentIntent behind a charge, dispute or refund. A kind
// of event that we do not know is one all the same.
std::optional<jobs::InboxEvent> read_stripe_event(std::string_view body);

// 200 once the event is stored (also if it was already), 400 for what is not signed by Stripe
// within the last minutes or is of the other mode than our key. `secrets` are one or two, without
// white space; anything else throws std::invalid_argument. The services outlive the router.
void add_stripe_webhook(http::Router& router, jobs::Inbox& inbox, std::vector<Secret> secrets,
                        StripeMode mode, const Clock& clock, telemetry::Log& log);

}  // namespace osier::payments
