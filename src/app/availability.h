// Tells the catalogue how many units inventory has.

#pragma once

#include "catalog/catalog.h"
#include "inventory/inventory.h"

namespace osier::app {

class Availability final : public catalog::AvailabilitySource {
 public:
  explicit Availability(inventory::Inventory& inventory) : inventory_(inventory) {}

  Task<std::unordered_map<Uuid, std::int32_t>> load(std::vector<Uuid> only) override {
    std::vector<catalog::VariantId> variants;
    variants.reserve(only.size());
    for (const Uuid& id : only) variants.emplace_back(id);
    co_return co_await inventory_.load_availability(std::move(variants));
  }

 private:
  inventory::Inventory& inventory_;
};

}  // namespace osier::app
