// Pictures and makers as rows, for the two files of the store. Internal to the room.

#pragma once

#include <optional>
#include <vector>

#include "catalog/catalog_store.h"

namespace osier::catalog {

// Adds to `shared` what it lacks of these; at most two round trips, none if it has all.
Task<void> load_shared(pg::Transaction& transaction, std::vector<Uuid> pictures,
                       std::vector<Uuid> makers, Shared& shared);

// The picture with its text; nothing without an id, or for a picture that is not there.
std::optional<Image> image_of(const std::optional<Uuid>& id, Texts alt, const Shared& shared);

}  // namespace osier::catalog
