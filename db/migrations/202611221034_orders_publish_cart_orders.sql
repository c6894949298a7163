-- For checkout: the orders of a cart, and the units each still holds while it is pending. A cart that is looked at
-- again counts these units as its own.
--
-- Locks: none, a new view. Undo: DROP VIEW orders.cart_orders.

CREATE VIEW orders.cart_orders AS
    SELECT o.cart_id, o.id AS order_id, o.cart_version, o.status, o.placed_at, o.idempotency_key, o.total_minor,
           CASE WHEN o.status = 'pending'
                THEN ARRAY(SELECT l.variant_id FROM orders.order_lines l WHERE l.order_id = o.id ORDER BY l.position)
                ELSE '{}' END AS held_variants,
           CASE WHEN o.status = 'pending'
                THEN ARRAY(SELECT l.quantity FROM orders.order_lines l WHERE l.order_id = o.id ORDER BY l.position)
                ELSE '{}' END AS held_quantities
      FROM orders.orders o
     WHERE o.cart_id IS NOT NULL;
