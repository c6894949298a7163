-- How long an unpaid order keeps its stock, where it is not the shop's own length (hold_minutes of the settings).
-- The shortest of the order's products holds, else its market's.
-- Locks: short exclusive ones on both tables. Undo: ALTER TABLE … DROP COLUMN hold_minutes.

ALTER TABLE catalog.markets  ADD COLUMN hold_minutes smallint CHECK (hold_minutes BETWEEN 10 AND 60);
ALTER TABLE catalog.products ADD COLUMN hold_minutes smallint CHECK (hold_minutes BETWEEN 10 AND 60);
