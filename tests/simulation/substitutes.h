// Chance for everything that asks the system for it.

#pragma once

#include "simulation/dice.h"

namespace osier::simulation {

// From now on ids, tokens and jitter come from these dice, which outlive the process's work.
void take_chance_from(Dice& dice);

}  // namespace osier::simulation
