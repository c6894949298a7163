-- Keys of the vault: whose data it is, has two keys of its own; those are wrapped by a wrapping key, and this one by the
-- root key, which is never in the database. How they relate: src/privacy/README.md.
-- Locks: none, all tables are new. Undo: DROP SCHEMA privacy CASCADE; sealed values can then never be read again.

CREATE SCHEMA privacy;

-- One is current. A new one is 'next' until every process knows it; the one before is 'replaced' while data keys are
-- wrapped anew, 'closed' when no subject may be added under it any more, and 'retired' when it is gone.
CREATE TABLE privacy.wrapping_keys (
    id          uuid        PRIMARY KEY,
    region      text        NOT NULL CHECK (region IN ('eu', 'us')),  -- Sealed values are bound to it.
    state       text        NOT NULL CHECK (state IN ('next', 'current', 'replaced', 'closed', 'retired')),
    root_key    text        NOT NULL,                                 -- The root key that wrapped it, by its name.
    wrapped     bytea,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    state_since timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT retired_is_gone CHECK ((state = 'retired') = (wrapped IS NULL))
);
CREATE UNIQUE INDEX one_current_wrapping_key ON privacy.wrapping_keys ((true)) WHERE state = 'current';
CREATE UNIQUE INDEX one_next_wrapping_key ON privacy.wrapping_keys ((true)) WHERE state = 'next';

CREATE FUNCTION privacy.tell_of_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('privacy_keys', '');
    RETURN NULL;
END $$;
CREATE TRIGGER wrapping_keys_are_told AFTER INSERT OR UPDATE ON privacy.wrapping_keys
    FOR EACH STATEMENT EXECUTE FUNCTION privacy.tell_of_keys();

-- Keys of the shop itself: blind indexes, and what is sealed and nobody's alone.
CREATE TABLE privacy.shop_keys (
    name          text        PRIMARY KEY CHECK (name IN ('index', 'shop')),
    wrapped       bytea       NOT NULL,
    wrapping_key  uuid        NOT NULL REFERENCES privacy.wrapping_keys,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Whose data it is: a customer, a guest (by the cart that first held a contact), a member of staff. A key that is NULL was
-- forgotten: what it sealed can never be read again. No foreign key to the wrapping key: every new guest would lock that
-- one row; the statement that adds subjects looks at its state, and an invariant at the rest.
CREATE TABLE privacy.subjects (
    id                    uuid        PRIMARY KEY,
    owner                 uuid        REFERENCES privacy.subjects,  -- The customer who claimed a guest's orders.
    profile_key           bytea,
    invoice_key           bytea,
    wrapping_key          uuid        NOT NULL,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    profile_forgotten_at  timestamptz,
    invoice_forgotten_at  timestamptz,

    CONSTRAINT profile_is_there_or_forgotten CHECK ((profile_key IS NULL) = (profile_forgotten_at IS NOT NULL)),
    CONSTRAINT invoice_is_there_or_forgotten CHECK ((invoice_key IS NULL) = (invoice_forgotten_at IS NOT NULL)),
    CONSTRAINT nobody_owns_themselves CHECK (owner <> id)
);
CREATE INDEX subjects_by_owner ON privacy.subjects (owner) WHERE owner IS NOT NULL;

-- For rooms that read sealed rows: joined by subject, it saves a round trip. privacy::read_wrapped_keys reads it.
CREATE VIEW privacy.subject_keys AS
    SELECT id AS subject, profile_key, invoice_key, wrapping_key FROM privacy.subjects;
