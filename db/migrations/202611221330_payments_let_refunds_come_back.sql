-- A refund that the provider reports as failed after it had succeeded: the money is with us again. The books say so by
-- a transaction of its own, since transactions are append-only: refunded = refunds - reversals.
-- Also: refunds for other rooms, with the payable they are of.
--
-- Locks: payments.payment_transactions, shortly; the check is validated by reading it once.
-- Undo: DROP VIEW payments.payable_refunds, and the old constraint, if no refund_reversal was booked.

ALTER TABLE payments.payment_transactions DROP CONSTRAINT payment_transactions_kind_check;
ALTER TABLE payments.payment_transactions ADD CONSTRAINT payment_transactions_kind_check
    CHECK (kind IN ('authorization', 'capture', 'void', 'refund', 'refund_reversal', 'chargeback', 'chargeback_reversal'));

CREATE VIEW payments.payable_refunds AS
    SELECT r.id, r.payment_id, p.payable_id, p.provider, p.currency, r.amount_minor, r.reason, r.status, r.failure_reason,
           r.created_at
      FROM payments.refunds r
      JOIN payments.payments p ON p.id = r.payment_id;
