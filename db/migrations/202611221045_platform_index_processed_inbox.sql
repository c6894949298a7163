-- Lets the hourly trim find processed inbox events by age. Locks: a short one on inbox_events. Undo: DROP INDEX.

CREATE INDEX inbox_events_processed ON platform.inbox_events (processed_at) WHERE processed_at IS NOT NULL;
