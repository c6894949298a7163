-- Random keys that all processes of this database share: for hashes and signatures that live shortly and are worth
-- little to a thief of the database. Made by the process that needs one first.
-- Locks: none, the table is new. Undo: DROP TABLE platform.keys.

CREATE TABLE platform.keys (
    name        text        PRIMARY KEY CHECK (name ~ '^[a-z_]+$'),
    key         bytea       NOT NULL CHECK (octet_length(key) >= 32),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
