-- Reconciliation with the provider: which payments there are this shop's, and what does not agree and waits for staff.
-- A copy of the database is the same shop: give it other keys of the provider, as a test installation should have.
-- Locks: none, all tables are new. Undo: drop both tables.

-- One row. The id goes with every payment as metadata, since several shops may share one account.
CREATE TABLE payments.shop_identity (
    is_the_one  boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
    shop_id     uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO payments.shop_identity DEFAULT VALUES;

CREATE TABLE payments.reconciliation_findings (
    kind         text        NOT NULL CHECK (kind IN ('money_without_order', 'captured_unknown_at_provider',
                                 'captured_more_than_provider', 'refunded_more_than_provider', 'amount_differs',
                                 'currency_differs', 'not_booked', 'refund_overdue', 'order_overdue')),
    object_id    text        NOT NULL,  -- Of the payment, the refund, the order, or what the provider calls it.
    detail       text        NOT NULL,  -- Amounts and states; no personal data.
    first_seen   timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen    timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at  timestamptz,           -- When a run no longer saw it.

    PRIMARY KEY (kind, object_id)
);
CREATE INDEX reconciliation_findings_open ON payments.reconciliation_findings (kind) WHERE resolved_at IS NULL;
