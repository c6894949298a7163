-- What the last check of all invariants found, for /metrics of every process: one row per invariant.
-- Locks: none, the table is new. Undo: DROP TABLE platform.invariant_counts.

CREATE TABLE platform.invariant_counts (
    invariant   text        PRIMARY KEY,
    violations  bigint      NOT NULL CHECK (violations >= 0),
    checked_at  timestamptz NOT NULL
);
