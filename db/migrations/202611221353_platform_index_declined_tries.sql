-- Finds payments on which many cards are tried (card testing). Locks: a short one on inbox_events. Undo: DROP INDEX.

CREATE INDEX inbox_events_declined ON platform.inbox_events (received_at, object_id)
    WHERE type = 'payment_intent.payment_failed';
