-- Provider ids are unique where there are any.
--
-- Every payment begins without them, and a manual one stays so: the two unique constraints had an entry for each NULL,
-- which each new payment paid for. A partial index asks the same of the others and serves the same look-ups.
--
-- Outbox events are numbered by position, and their makers give them ids that are never the same (UUIDv7). Nothing looks
-- one up by its id, so that index was written with each event, and again with each of its marks, for nobody.
--
-- Locks: payments and outbox_events while the indexes are built. Undo: add the three constraints again, drop the indexes.

CREATE UNIQUE INDEX payments_by_provider_session ON payments.payments (provider_session_id)
    WHERE provider_session_id IS NOT NULL;
CREATE UNIQUE INDEX payments_by_provider_payment ON payments.payments (provider_payment_id)
    WHERE provider_payment_id IS NOT NULL;
ALTER TABLE payments.payments
    DROP CONSTRAINT payments_provider_session_id_key,
    DROP CONSTRAINT payments_provider_payment_id_key;

ALTER TABLE platform.outbox_events DROP CONSTRAINT outbox_events_id_key;
