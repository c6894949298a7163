-- The coupons of an order, frozen like everything else: an array of {"coupon_id", "code", "title", "kind",
-- "amount_minor"}. The sums stay in discount_minor, which is net; amount_minor is what the shopper saw.
-- Locks: orders.orders, shortly; nothing is rewritten. Undo: DROP VIEW orders.order_coupons;
-- ALTER TABLE orders.orders DROP COLUMN discounts.

ALTER TABLE orders.orders ADD COLUMN discounts jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(discounts) = 'array');

-- For other rooms: which coupons each order was agreed with.
CREATE VIEW orders.order_coupons AS
    SELECT o.id AS order_id, o.status, (d ->> 'coupon_id')::uuid AS coupon_id
      FROM orders.orders o, jsonb_array_elements(o.discounts) AS d
     WHERE o.discounts <> '[]';
