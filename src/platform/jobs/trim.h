// Forgets what is done: delivered outbox events and processed inbox events after 30 days.

#pragma once

#include "platform/postgres/database.h"

namespace osier::jobs {

// A bounded sweep, for an hourly schedule. Parked and waiting events stay.
Task<void> trim_done(pg::Database& database);

}  // namespace osier::jobs
