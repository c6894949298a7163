-- A hold may have to stay because of an error of any kind; the sweep notes that too, so that such an order does not
-- come first in every sweep. Locks: orders.orders, shortly; the check is validated by reading it once.
-- Undo: the old constraint, after UPDATE orders.orders SET release_obstacle = NULL WHERE release_obstacle = 'error'.

ALTER TABLE orders.orders DROP CONSTRAINT orders_release_obstacle_check;
ALTER TABLE orders.orders ADD CONSTRAINT orders_release_obstacle_check
    CHECK (release_obstacle IN ('provider_unavailable', 'payment_in_flight', 'error'));
