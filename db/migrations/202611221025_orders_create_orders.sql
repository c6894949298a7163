-- What was agreed, frozen. Personal data is in orders.order_contacts alone.
-- Amounts are integer minor units of the order's currency. Net amounts are without tax, so that one sum holds for
-- markets whose prices include tax and for those that add it.
-- Locks: none, all tables are new. Undo: DROP SCHEMA orders CASCADE.

CREATE SCHEMA orders;

CREATE SEQUENCE orders.order_numbers START 1001 CACHE 64;

CREATE TABLE orders.orders (
    id                 uuid        PRIMARY KEY,
    number             bigint      NOT NULL UNIQUE DEFAULT nextval('orders.order_numbers'),
    market_code        text        NOT NULL,
    region             text        NOT NULL CHECK (region IN ('eu', 'us')),
    locale             text        NOT NULL,
    channel            text        NOT NULL CHECK (channel IN ('storefront', 'store_api', 'admin')),
    currency           char(3)     NOT NULL,
    prices_include_tax boolean     NOT NULL,
    tax_rounding       text        NOT NULL DEFAULT 'half_up_per_line',
    status             text        NOT NULL CHECK (status IN ('draft', 'pending', 'placed', 'completed', 'expired', 'canceled')),
    payment_status     text        NOT NULL CHECK (payment_status IN ('unpaid', 'pending', 'authorized', 'partially_paid', 'paid',
                                       'overpaid', 'partially_refunded', 'refunded', 'voided', 'failed')),
    fulfilment_status  text        NOT NULL CHECK (fulfilment_status IN ('not_required', 'unfulfilled', 'on_hold', 'partially_fulfilled',
                                       'fulfilled', 'partially_delivered', 'delivered', 'canceled')),
    return_status      text        NOT NULL CHECK (return_status IN ('none', 'requested', 'in_progress', 'partially_returned', 'returned')),
    items_minor        bigint      NOT NULL CHECK (items_minor >= 0),      -- Net, before discounts.
    shipping_minor     bigint      NOT NULL CHECK (shipping_minor >= 0),   -- Net.
    fee_minor          bigint      NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),
    discount_minor     bigint      NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
    tax_minor          bigint      NOT NULL CHECK (tax_minor >= 0),
    total_minor        bigint      NOT NULL CHECK (total_minor >= 0),
    paid_minor         bigint      NOT NULL DEFAULT 0,                     -- Captures − refunds.
    cart_id            uuid,
    cart_version       integer,
    idempotency_key    text        NOT NULL UNIQUE,
    access_token_hash  bytea       NOT NULL UNIQUE,                        -- SHA-256 of the token in the shopper's link.
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at         timestamptz,                                        -- End of the hold, while pending.
    placed_at          timestamptz,
    release_tried_at   timestamptz,                                        -- The sweep came by and the hold had to stay,
    release_obstacle   text        CHECK (release_obstacle IN ('provider_unavailable', 'payment_in_flight')),  -- why.

    CONSTRAINT total_is_the_sum CHECK (total_minor = items_minor + shipping_minor + fee_minor + tax_minor - discount_minor),
    CONSTRAINT pending_has_an_end CHECK (status <> 'pending' OR expires_at IS NOT NULL),
    CONSTRAINT placed_has_a_time CHECK (status NOT IN ('placed', 'completed') OR placed_at IS NOT NULL)
) WITH (fillfactor = 80);

-- A cart has at most one order that lives: one that expired or was canceled may be followed by another.
CREATE UNIQUE INDEX one_living_order_per_cart ON orders.orders (cart_id)
    WHERE status IN ('pending', 'placed', 'completed');
CREATE INDEX orders_to_expire ON orders.orders (expires_at) WHERE status = 'pending';

CREATE TABLE orders.order_lines (
    id                uuid     PRIMARY KEY,
    order_id          uuid     NOT NULL REFERENCES orders.orders,
    position          integer  NOT NULL,
    variant_id        uuid     NOT NULL,
    product_id        uuid     NOT NULL,
    sku               text     NOT NULL,
    title             text     NOT NULL,
    variant_title     text     NOT NULL DEFAULT '',
    image_hash        text,
    quantity          integer  NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
    canceled_quantity integer  NOT NULL DEFAULT 0 CHECK (canceled_quantity BETWEEN 0 AND quantity),
    unit_price_minor  bigint   NOT NULL CHECK (unit_price_minor >= 0),  -- As the shopper saw it.
    net_minor         bigint   NOT NULL CHECK (net_minor >= 0),
    discount_minor    bigint   NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
    tax_minor         bigint   NOT NULL CHECK (tax_minor >= 0),
    total_minor       bigint   NOT NULL,
    tax_class         text     NOT NULL,
    tax_name          text     NOT NULL,
    tax_rate_ppm      integer  NOT NULL CHECK (tax_rate_ppm BETWEEN 0 AND 1000000),

    UNIQUE (order_id, position),
    CONSTRAINT line_total_is_the_sum CHECK (total_minor = net_minor - discount_minor + tax_minor)
);
CREATE INDEX order_lines_by_variant ON orders.order_lines (variant_id);

CREATE TABLE orders.order_shipping_lines (
    order_id            uuid    NOT NULL REFERENCES orders.orders,
    position            integer NOT NULL,
    shipping_option_id  uuid    NOT NULL,
    title               text    NOT NULL,
    net_minor           bigint  NOT NULL CHECK (net_minor >= 0),
    tax_minor           bigint  NOT NULL CHECK (tax_minor >= 0),
    total_minor         bigint  NOT NULL,
    tax_name            text    NOT NULL,
    tax_rate_ppm        integer NOT NULL CHECK (tax_rate_ppm BETWEEN 0 AND 1000000),
    deliver_from        date,
    deliver_to          date,

    PRIMARY KEY (order_id, position),
    CONSTRAINT shipping_total_is_the_sum CHECK (total_minor = net_minor + tax_minor)
);

-- Personal data of an order, all of it. Addresses are JSON objects as text.
CREATE TABLE orders.order_contacts (
    order_id          uuid PRIMARY KEY REFERENCES orders.orders,
    email             text NOT NULL,
    phone             text NOT NULL DEFAULT '',
    shipping_address  text NOT NULL,
    billing_address   text NOT NULL,
    access_token      text NOT NULL   -- Opens the order's page without an account.
);

-- Every move of an order's status after the first: who, when, why. Append-only.
CREATE TABLE orders.order_transitions (
    order_id     uuid        NOT NULL REFERENCES orders.orders,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    from_status  text        NOT NULL,
    to_status    text        NOT NULL,
    actor        text        NOT NULL,
    reason       text        NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, to_status, at)
);

-- What blocks fulfilment until staff have looked. Append-only but for the release.
CREATE TABLE orders.order_holds (
    order_id     uuid        NOT NULL REFERENCES orders.orders,
    reason       text        NOT NULL CHECK (reason IN ('amount_mismatch', 'currency_mismatch', 'report_mismatch')),
    detail       text        NOT NULL DEFAULT '',
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at  timestamptz,
    released_by  text,
    PRIMARY KEY (order_id, reason)
);
