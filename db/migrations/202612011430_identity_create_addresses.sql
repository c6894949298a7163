-- Customers' address books. An address is one sealed JSON object: nothing of it is searched for.
-- Locks: a short one on identity.customers, for the foreign key. Undo: DROP TABLE identity.addresses.

CREATE TABLE identity.addresses (
    id                   uuid        PRIMARY KEY,
    customer_id          uuid        NOT NULL REFERENCES identity.customers ON DELETE CASCADE,
    address              bytea       NOT NULL,  -- Sealed under the customer's profile key.
    is_default_shipping  boolean     NOT NULL DEFAULT false,
    is_default_billing   boolean     NOT NULL DEFAULT false,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL CHECK (updated_at >= created_at)
);

CREATE INDEX addresses_of_customers ON identity.addresses (customer_id);
CREATE UNIQUE INDEX one_default_shipping_address ON identity.addresses (customer_id) WHERE is_default_shipping;
CREATE UNIQUE INDEX one_default_billing_address ON identity.addresses (customer_id) WHERE is_default_billing;
