-- Attempts to be paid and what came of them. payable_id is whatever is paid for: an order's id.
-- Sums on the payment are derived from its transactions and written with them.
-- Locks: none, all tables are new. Undo: DROP SCHEMA payments CASCADE.

CREATE SCHEMA payments;

CREATE TABLE payments.payments (
    id                    uuid        PRIMARY KEY,  -- Also the idempotency key at the provider.
    payable_id            uuid        NOT NULL,
    provider              text        NOT NULL CHECK (provider IN ('stripe', 'manual')),
    method                text        NOT NULL CHECK (method IN ('hosted_page', 'client_intent', 'transfer')),
    status                text        NOT NULL CHECK (status IN ('created', 'requires_action', 'processing',
                                                                 'authorized', 'captured', 'failed', 'canceled', 'expired')),
    currency              char(3)     NOT NULL,
    amount_minor          bigint      NOT NULL CHECK (amount_minor >= 0),
    authorized_minor      bigint      NOT NULL DEFAULT 0,
    captured_minor        bigint      NOT NULL DEFAULT 0,
    refunded_minor        bigint      NOT NULL DEFAULT 0,
    provider_session_id   text        UNIQUE,   -- cs_…
    provider_payment_id   text        UNIQUE,   -- pi_…
    provider_data         jsonb       NOT NULL DEFAULT '{}',  -- url, client_secret: what the shopper's side needs to pay.
    failure_reason        text,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_poll_at          timestamptz,          -- When to ask the provider next; NULL when settled.

    CONSTRAINT money_in_order CHECK (0 <= refunded_minor AND refunded_minor <= captured_minor
                                     AND captured_minor <= authorized_minor)
) WITH (fillfactor = 80);
CREATE INDEX payments_by_payable ON payments.payments (payable_id);
CREATE INDEX payments_to_poll ON payments.payments (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- Append-only truth.
CREATE TABLE payments.payment_transactions (
    id                  uuid        PRIMARY KEY,
    payment_id          uuid        NOT NULL REFERENCES payments.payments,
    kind                text        NOT NULL CHECK (kind IN ('authorization', 'capture', 'void', 'refund',
                                                             'chargeback', 'chargeback_reversal')),
    amount_minor        bigint      NOT NULL CHECK (amount_minor > 0 OR kind = 'void'),
    currency            char(3)     NOT NULL,
    provider_reference  text        NOT NULL,   -- The provider's id of this movement: a repeat is recognised by it.
    at                  timestamptz NOT NULL DEFAULT clock_timestamp(),

    UNIQUE (payment_id, kind, provider_reference)
);

-- A refund we decided on: written with the decision, carried out by the worker.
CREATE TABLE payments.refunds (
    id                  uuid        PRIMARY KEY,  -- Also the idempotency key at the provider.
    payment_id          uuid        NOT NULL REFERENCES payments.payments,
    amount_minor        bigint      NOT NULL CHECK (amount_minor > 0),
    reason              text        NOT NULL,
    status              text        NOT NULL CHECK (status IN ('created', 'succeeded', 'failed')),
    provider_reference  text,                   -- Set when the provider did it; succeeded once that is recorded.
    failure_reason      text,
    attempts            integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX refunds_by_payment ON payments.refunds (payment_id);
CREATE INDEX refunds_waiting ON payments.refunds (next_attempt_at) WHERE status = 'created';

-- For other rooms: whose payment it is, and how it stands; returning is what has been decided and not yet been done.
CREATE VIEW payments.payable_payments AS
    SELECT p.id, p.payable_id, p.provider, p.status, p.currency, p.amount_minor, p.authorized_minor, p.captured_minor,
           p.refunded_minor,
           coalesce((SELECT sum(r.amount_minor) FROM payments.refunds r
                      WHERE r.payment_id = p.id AND r.status = 'created'), 0)::bigint AS returning_minor
      FROM payments.payments p;
