// What code would reach past its interfaces for: pauses and chance. The linker sends these calls
// here
// (--wrap in CMakeLists.txt), so that the shop's code runs as it is.

#include "simulation/substitutes.h"

#include <sodium.h>

#include <cstring>
#include <random>

#include "simulation/stage.h"

namespace osier::simulation {

namespace {

Dice* chance = nullptr;

const char* name_of_chance() { return "simulation"; }
std::uint32_t one_chance() { return static_cast<std::uint32_t>(chance->next()); }
void fill_by_chance(void* const buffer, const std::size_t size) {
  auto* bytes = static_cast<unsigned char*>(buffer);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(chance->next());
}

randombytes_implementation seeded{.implementation_name = name_of_chance,
                                  .random = one_chance,
                                  .stir = nullptr,
                                  .uniform = nullptr,
                                  .buf = fill_by_chance,
                                  .close = nullptr};

}  // namespace

void take_chance_from(Dice& dice) {
  chance = &dice;
  randombytes_set_implementation(&seeded);
}

}  // namespace osier::simulation

// Declared under the names that the linker looks for.
osier::Task<void> simulated_sleep(osier::Duration duration) __asm__(
    "__wrap__ZN5osier9sleep_forENSt6chrono8durationIlSt5ratioILl1ELl1000000EEEE");
std::random_device::result_type simulated_device(std::random_device* self) __asm__(
    "__wrap__ZNSt13random_device9_M_getvalEv");

// A pause is one more thing that the game ends when it likes: how long it was to be says nothing
// about what else happens meanwhile.
osier::Task<void> simulated_sleep(osier::Duration) {
  auto& stage = *osier::simulation::stage_of_this_process();
  osier::simulation::Gate gate{stage, stage.current(), "pause"};
  co_await gate;
}

std::random_device::result_type simulated_device(std::random_device*) {
  return osier::simulation::one_chance();
}
