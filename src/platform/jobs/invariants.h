// What `osier verify` asks of the outbox and the inbox (docs: invariant 9 of the domain).

#pragma once

#include <span>

#include "platform/postgres/invariant.h"

namespace osier::jobs {

std::span<const pg::Invariant> invariants();

}  // namespace osier::jobs
