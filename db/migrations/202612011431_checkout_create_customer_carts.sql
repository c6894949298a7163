-- Which carts are a customer's: the newest that is still active is the one that they go on with, on every device. Its token is
-- sealed under the customer's profile key, since only a hash of it is kept with the cart.
-- Locks: short ones on checkout.carts and identity.customers, for the foreign keys. Undo: DROP TABLE checkout.customer_carts; customers' carts
-- then are guests' again.

CREATE TABLE checkout.customer_carts (
    cart_id      uuid        PRIMARY KEY REFERENCES checkout.carts ON DELETE CASCADE,
    customer_id  uuid        NOT NULL REFERENCES identity.customers ON DELETE CASCADE,
    token        bytea       NOT NULL,
    since        timestamptz NOT NULL
);

CREATE INDEX carts_of_customers ON checkout.customer_carts (customer_id, since DESC);
