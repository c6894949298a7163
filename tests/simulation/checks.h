// What must hold in a simulated world.

#pragma once

#include <string>

#include "simulation/staff.h"
#include "simulation/world.h"

namespace osier::simulation {

// At any moment: what `osier verify` asks, and that the books are never ahead of the provider's
// truth. Throws Violation.
void check_moment(World& world);

// Nothing is under way or waits.
bool is_settled(World& world);
// What the provider will not send back, and transfers.
std::vector<WaitingRefund> refunds_for_people(World& world);
std::string what_is_open(World& world);

// When all has settled: every charge belongs to exactly one placed order or went back, every placed
// order has its charge, every acknowledged order is there, nobody can still pay for what is over.
// Also counts. Throws Violation.
void check_everything(World& world);

}  // namespace osier::simulation
