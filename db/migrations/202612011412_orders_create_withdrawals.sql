-- Declarations of withdrawal (Directive 2011/83/EU, article 11a): who declared it, of which contract and when. Kept as it
-- was sent, whether it names an order that we know or not: that is for staff to say, and nobody learns by it what orders
-- there are. The declaration is sealed by the shop's key (privacy), since a name and an address stand in it.
-- Locks: none, the table is new. Undo: DROP TABLE orders.withdrawals.

CREATE TABLE orders.withdrawals (
    id           uuid        PRIMARY KEY,  -- Made with the form that is confirmed: confirming twice is one declaration.
    market_code  text        NOT NULL,
    locale       text        NOT NULL,
    declaration  bytea       NOT NULL,     -- Sealed: JSON object.
    received_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
