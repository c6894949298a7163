-- The codes that a shopper has put into the cart, and how many were tried in the hour that began at coupon_tries_since.
-- Locks: checkout.carts, shortly; nothing is rewritten. Undo: drop the three columns.

ALTER TABLE checkout.carts
    ADD COLUMN coupon_codes        text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN coupon_tries        integer NOT NULL DEFAULT 0,
    ADD COLUMN coupon_tries_since  timestamptz;
