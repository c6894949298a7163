-- What staff (or the shop by itself) decided to give back of an order: who, when, why, how much, which units, and which
-- refunds of payments carry it out. And the commands staff gave, by idempotency key, so that none is obeyed twice.
--
-- Refunds that were decided before this migration get their records here: money only, no units.
-- Locks: orders.order_holds, shortly; all else is new. Undo: DROP TABLE orders.order_commands,
-- orders.order_refund_payments, orders.order_refund_lines, orders.order_refunds, and the old constraint of order_holds.

CREATE TABLE orders.order_refunds (
    id              uuid        PRIMARY KEY,
    order_id        uuid        NOT NULL REFERENCES orders.orders,
    amount_minor    bigint      NOT NULL CHECK (amount_minor >= 0),    -- 0: units alone, of an order that was not paid.
    shipping_minor  bigint      NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),
    units           text        NOT NULL CHECK (units IN ('none', 'restocked', 'written_off')),
    reason          text        NOT NULL,
    actor           text        NOT NULL,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT shipping_is_a_part CHECK (shipping_minor <= amount_minor)
);
CREATE INDEX order_refunds_by_order ON orders.order_refunds (order_id);

-- Units taken out of the order, and the part of the money that is for them.
CREATE TABLE orders.order_refund_lines (
    order_refund_id  uuid    NOT NULL REFERENCES orders.order_refunds,
    line_id          uuid    NOT NULL REFERENCES orders.order_lines,
    quantity         integer NOT NULL CHECK (quantity > 0),
    amount_minor     bigint  NOT NULL CHECK (amount_minor >= 0),

    PRIMARY KEY (order_refund_id, line_id)
);
CREATE INDEX order_refund_lines_by_line ON orders.order_refund_lines (line_id);

-- Where the money comes from.
CREATE TABLE orders.order_refund_payments (
    refund_id        uuid   PRIMARY KEY REFERENCES payments.refunds,  -- Belongs to one decision.
    order_refund_id  uuid   NOT NULL REFERENCES orders.order_refunds,
    amount_minor     bigint NOT NULL CHECK (amount_minor > 0)
);
CREATE INDEX order_refund_payments_by_refund ON orders.order_refund_payments (order_refund_id);

-- Append-only.
CREATE TABLE orders.order_commands (
    idempotency_key  text        PRIMARY KEY,
    order_id         uuid        NOT NULL REFERENCES orders.orders,
    kind             text        NOT NULL CHECK (kind IN ('refund', 'cancel', 'capture', 'refunded')),
    content_hash     bytea       NOT NULL,  -- The same key with another content is refused.
    order_refund_id  uuid        REFERENCES orders.order_refunds,
    actor            text        NOT NULL,
    at               timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX order_commands_by_order ON orders.order_commands (order_id);

ALTER TABLE orders.order_holds DROP CONSTRAINT order_holds_reason_check;
ALTER TABLE orders.order_holds ADD CONSTRAINT order_holds_reason_check
    CHECK (reason IN ('amount_mismatch', 'currency_mismatch', 'report_mismatch', 'refund_failed'));

INSERT INTO orders.order_refunds (id, order_id, amount_minor, units, reason, actor, at)
SELECT refund.id, refund.payable_id, refund.amount_minor, 'none', refund.reason, 'system', refund.created_at
  FROM payments.payable_refunds refund
  JOIN orders.orders ON orders.id = refund.payable_id;

INSERT INTO orders.order_refund_payments (refund_id, order_refund_id, amount_minor)
SELECT refund.id, refund.id, refund.amount_minor
  FROM payments.payable_refunds refund
  JOIN orders.orders ON orders.id = refund.payable_id;
