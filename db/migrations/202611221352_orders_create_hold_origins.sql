-- Where a hold came from, as keyed hashes: so that nobody hoards stock with many orders that are never paid.
-- A row lives only as long as its order is pending. No foreign key: it is written with the order and deleted with its
-- first move, and a lock on the order's row for each would be the dearest part of it.
-- Locks: none, the table is new. Undo: DROP TABLE orders.hold_origins.

CREATE TABLE orders.hold_origins (
    order_id      uuid    PRIMARY KEY,
    address_hash  bytea   NOT NULL,                     -- Of the client's IPv4 address or IPv6 network (/64).
    email_hash    bytea   NOT NULL,
    units         integer NOT NULL CHECK (units > 0)
);
CREATE INDEX hold_origins_by_address ON orders.hold_origins (address_hash);
CREATE INDEX hold_origins_by_email ON orders.hold_origins (email_hash);
