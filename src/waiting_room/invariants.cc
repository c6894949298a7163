#include "waiting_room/waiting_room.h"

namespace osier::waiting_room {

namespace {

constexpr pg::Statement audited_sql{"verify.waiting_rooms_audited", R"sql(
  SELECT format('waiting room %s was %s, and the audit has no entry of it', room.id, change.word)
    FROM waiting_room.rooms room
   CROSS JOIN LATERAL (VALUES ('opened', room.created_at), ('closed', room.closed_at)) AS change (word, at)
   WHERE change.at >= (SELECT since FROM audit.coverage WHERE changes = 'waiting_rooms')
     AND NOT EXISTS (SELECT FROM audit.acts act
                      WHERE act.object_kind = 'waiting_room' AND act.object_id = room.id::text
                        AND act.action = 'waiting_room.' || change.word)
)sql"};

constexpr pg::Invariant all[] = {
    {"waiting_room.change_has_its_audit_entry", audited_sql},
};

}  // namespace

std::span<const pg::Invariant> invariants() { return all; }

}  // namespace osier::waiting_room
