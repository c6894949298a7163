-- Invariants of other rooms count the changes that an act says it made.
-- Locks: none. Undo: the view as 202612010520 made it.

CREATE OR REPLACE VIEW audit.acts AS SELECT action, object_kind, object_id, at, after FROM audit.entries;
