-- Carts that nobody touches are found by the day of their last change. updated_at itself was indexed, so each change of
-- a cart wrote all of the table's indexes anew; a day's changes leave them alone now (heap-only updates).
-- Locks: carts, for as long as the column and the index take to make. Undo: drop the index and the column, make
-- carts_idle on (updated_at) again.

ALTER TABLE checkout.carts
    ADD COLUMN touched_on date NOT NULL GENERATED ALWAYS AS ((updated_at AT TIME ZONE 'UTC')::date) STORED;
DROP INDEX checkout.carts_idle;
CREATE INDEX carts_idle ON checkout.carts (touched_on) WHERE status = 'active';
