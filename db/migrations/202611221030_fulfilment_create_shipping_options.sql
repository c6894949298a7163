-- How goods reach the shopper, by market. Parcels come with the fulfilment issue.
-- Locks: none, all tables are new. Undo: DROP SCHEMA fulfilment CASCADE.

CREATE SCHEMA fulfilment;

CREATE TABLE fulfilment.shipping_options (
    id               uuid    PRIMARY KEY,
    code             text    NOT NULL UNIQUE,
    market_id        uuid    NOT NULL,
    name             jsonb   NOT NULL CHECK (name ? 'en'),
    currency         char(3) NOT NULL,
    amount_minor     bigint  NOT NULL CHECK (amount_minor >= 0),   -- With or without tax as the market's prices.
    free_from_minor  bigint  CHECK (free_from_minor > 0),          -- Free when the goods are worth this much.
    tax_class        text    NOT NULL DEFAULT 'standard',
    days_min         integer NOT NULL CHECK (days_min >= 0),       -- Working days until delivery.
    days_max         integer NOT NULL CHECK (days_max >= days_min),
    countries        text[],                                       -- NULL: every country of the market.
    position         integer NOT NULL DEFAULT 0,

    FOREIGN KEY (market_id, currency) REFERENCES catalog.markets (id, currency)
);
