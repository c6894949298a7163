// Step-up: some acts need more than a session that was opened weeks ago. Whoever changes an e-mail
// address, a password or a second factor, takes a copy of their data or closes the account must
// have proved within ten minutes who they are (hardening 4.1).
//
//   if (auto asked = ask_to_confirm(request, clock.now(), context.url("/account/confirm"), back))
//     co_return *std::move(asked);

#pragma once

#include <optional>
#include <string>

#include "platform/base/time.h"
#include "platform/http/access.h"
#include "platform/http/message.h"

namespace osier::identity {

constexpr Duration step_up_max = 10min;

bool has_proved_lately(const http::Principal& principal, Instant now);

// Nothing if whoever asks has; else the way to the page that asks them to, and from there to
// `back`: a page of the shop's, since what a form said is not kept. `request` has a principal.
std::optional<http::Response> ask_to_confirm(const http::Request& request, Instant now,
                                             const std::string& confirm_url,
                                             const std::string& back);

// The same for the pages of the admin portal.
std::optional<http::Response> ask_staff_to_confirm(const http::Request& request, Instant now,
                                                   const std::string& back);

}  // namespace osier::identity
