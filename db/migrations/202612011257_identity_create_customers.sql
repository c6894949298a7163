-- Customers' accounts: who they are, the links that are mailed to them, and the devices that they are signed in on.
-- A customer is a subject of privacy.subjects by the same id; e-mail, names, phone and devices are sealed under its profile key, and the e-mail
-- is found by its blind index. Links are kept as hashes.
-- A row without verified_at is a registration: there may be several for an address, since nobody has proved it yet (hardening 49). When one of
-- them is verified, the others go.
-- Locks: none, all is new. Undo: DROP TABLE identity.session_devices, identity.email_tokens, identity.customers.

CREATE TABLE identity.customers (
    id                   uuid        PRIMARY KEY REFERENCES privacy.subjects,
    market_code          text        NOT NULL,  -- Where they registered: of the place that their mails speak of.
    locale               text        NOT NULL,
    email                bytea,      -- Sealed, as typed.
    email_index          bytea       CHECK (length(email_index) = 16),
    given_name           bytea,      -- Sealed; so are the next two.
    family_name          bytea,
    phone                bytea,
    password_hash        text        CHECK (password_hash LIKE '$argon2id$%'),  -- NULL: signs in by another issuer alone.
    credentials_version  bigint      NOT NULL DEFAULT 0,  -- Rises when password or address change; links that were mailed before are void then.
    created_at           timestamptz NOT NULL,
    verified_at          timestamptz CHECK (verified_at >= created_at),
    closed_at            timestamptz CHECK (closed_at >= created_at),

    CONSTRAINT closed_has_no_address CHECK (closed_at IS NOT NULL OR (email IS NOT NULL AND email_index IS NOT NULL))
);

CREATE UNIQUE INDEX one_customer_per_verified_email ON identity.customers (email_index)
    WHERE verified_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX customers_by_email ON identity.customers (email_index) WHERE closed_at IS NULL;
CREATE INDEX customers_unverified ON identity.customers (created_at) WHERE verified_at IS NULL;  -- Trimming.

-- A link in a mail: for one customer, one address and the credentials of that moment, once.
CREATE TABLE identity.email_tokens (
    id                   uuid        PRIMARY KEY,
    token_hash           text        NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    customer_id          uuid        NOT NULL REFERENCES identity.customers ON DELETE CASCADE,
    purpose              text        NOT NULL CHECK (purpose IN ('verify', 'reset', 'change_email')),
    email_index          bytea       NOT NULL CHECK (length(email_index) = 16),  -- The address that the link was mailed to.
    new_email            bytea,      -- Sealed: to change_email.
    former_email         bytea,      -- Sealed: the address before, once it has changed, so that it can be told.
    credentials_version  bigint      NOT NULL,
    created_at           timestamptz NOT NULL,
    expires_at           timestamptz NOT NULL CHECK (expires_at > created_at),
    used_at              timestamptz,

    CONSTRAINT only_a_change_has_a_new_address CHECK ((purpose = 'change_email') = (new_email IS NOT NULL))
);

CREATE INDEX email_tokens_of_customers ON identity.email_tokens (customer_id);
CREATE INDEX email_tokens_by_expiry ON identity.email_tokens (expires_at);  -- Trimming.

-- What a session was opened with, in words such as "Firefox, Linux", so that people know their devices again.
CREATE TABLE identity.session_devices (
    session_id   uuid   PRIMARY KEY REFERENCES identity.sessions ON DELETE CASCADE,
    device       bytea  NOT NULL  -- Sealed under the account's profile key.
);
