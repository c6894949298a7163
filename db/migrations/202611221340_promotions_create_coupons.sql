-- Coupons, what they say in each market, and who used them. A coupon's `uses` are its living uses (not given back);
-- both are written in one transaction, under the lock of the coupon's row. No personal data: a customer is a salted
-- hash of the order's e-mail, with a salt of the coupon's own, so that uses of different coupons cannot be joined.
-- Locks: none, all tables are new. Undo: DROP SCHEMA promotions CASCADE.

CREATE SCHEMA promotions;

CREATE TABLE promotions.coupons (
    id                      uuid        PRIMARY KEY,
    code                    text        NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9_-]{3,32}$'),
    title                   jsonb       NOT NULL CHECK (title ? 'en'),
    kind                    text        NOT NULL CHECK (kind IN ('percent', 'fixed_amount', 'free_shipping')),
    percent_ppm             integer     CHECK (percent_ppm BETWEEN 1 AND 1000000),  -- 100000 is 10 %.
    valid_from              timestamptz NOT NULL,
    valid_to                timestamptz,
    use_limit               integer     CHECK (use_limit > 0),                      -- NULL: none.
    use_limit_per_customer  integer     CHECK (use_limit_per_customer > 0),
    uses                    integer     NOT NULL DEFAULT 0 CHECK (uses >= 0),
    salt                    bytea       NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    created_at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at                timestamptz,                                            -- Staff ended it, for good.

    CONSTRAINT coupon_uses_within_limit CHECK (uses <= use_limit),
    CONSTRAINT coupon_ends_after_it_begins CHECK (valid_to > valid_from),
    CONSTRAINT percent_has_a_rate CHECK ((kind = 'percent') = (percent_ppm IS NOT NULL))
) WITH (fillfactor = 70);

-- A coupon without rows here is for every market, without a minimum.
CREATE TABLE promotions.coupon_markets (
    coupon_id      uuid    NOT NULL REFERENCES promotions.coupons,
    market_id      uuid    NOT NULL,
    currency       char(3) NOT NULL,
    amount_minor   bigint  CHECK (amount_minor > 0),                       -- Of a fixed amount, as prices are shown.
    minimum_minor  bigint  NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),  -- Goods worth this much, as shown.

    PRIMARY KEY (coupon_id, market_id),
    FOREIGN KEY (market_id, currency) REFERENCES catalog.markets (id, currency)
);

CREATE TABLE promotions.coupon_uses (
    holder_id      uuid        NOT NULL,  -- The order.
    coupon_id      uuid        NOT NULL REFERENCES promotions.coupons,
    customer_hash  bytea       NOT NULL,  -- SHA-256 of the coupon's salt and the e-mail.
    taken_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at    timestamptz,           -- Given back: the order expired or was canceled.

    PRIMARY KEY (holder_id, coupon_id)
);
CREATE INDEX living_uses_by_customer ON promotions.coupon_uses (coupon_id, customer_hash) WHERE released_at IS NULL;

-- For other rooms: who holds a use of which coupon.
CREATE VIEW promotions.living_uses AS
    SELECT holder_id, coupon_id FROM promotions.coupon_uses WHERE released_at IS NULL;
