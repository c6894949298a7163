-- What visitors intend to buy. Personal data is in checkout.cart_contacts alone.
-- Carts are written without waiting for the disk (Durability::asynchronous): a crash may take the last moments of a
-- cart, never of an order. Locks: none, all tables are new. Undo: DROP SCHEMA checkout CASCADE.

CREATE SCHEMA checkout;

CREATE TABLE checkout.carts (
    id                  uuid        PRIMARY KEY,
    token_hash          bytea       NOT NULL UNIQUE,  -- SHA-256 of the token that is the cookie and the public id.
    market_code         text        NOT NULL,
    country             char(2)     NOT NULL,         -- Where it goes, for taxes; the market's default at first.
    locale              text        NOT NULL,
    channel             text        NOT NULL CHECK (channel IN ('storefront', 'store_api')),
    status              text        NOT NULL CHECK (status IN ('active', 'completed', 'merged', 'abandoned')),
    version             integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    shipping_option_id  uuid,
    payment_provider    text        CHECK (payment_provider IN ('stripe', 'manual')),
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at        timestamptz
) WITH (fillfactor = 80);
CREATE INDEX carts_idle ON checkout.carts (updated_at) WHERE status = 'active';

CREATE TABLE checkout.cart_lines (
    id                     uuid        PRIMARY KEY,
    cart_id                uuid        NOT NULL REFERENCES checkout.carts ON DELETE CASCADE,
    variant_id             uuid        NOT NULL,
    quantity               integer     NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
    unit_price_seen_minor  bigint      NOT NULL CHECK (unit_price_seen_minor >= 0),  -- What the shopper was last shown.
    added_at               timestamptz NOT NULL DEFAULT clock_timestamp(),

    UNIQUE (cart_id, variant_id)   -- One line per variant: a limit per line is a limit per variant.
);

CREATE TABLE checkout.cart_contacts (
    cart_id           uuid PRIMARY KEY REFERENCES checkout.carts ON DELETE CASCADE,
    email             text NOT NULL DEFAULT '',
    phone             text NOT NULL DEFAULT '',
    shipping_address  text NOT NULL DEFAULT '',  -- JSON object, or empty.
    billing_address   text NOT NULL DEFAULT ''   -- Empty: same as the shipping address.
);
