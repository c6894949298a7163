-- Sign-in by other issuers: attempts that are under way, the identities that accounts are connected with, and those that wait until their owner
-- has signed in here as well.
-- Nothing here can be read as a person: tokens are SHA-256, an issuer's name for somebody (sub) is a keyed hash, addresses and names are not kept.
-- Locks: none, all is new. Undo: DROP TABLE identity.pending_identities, identity.federated_identities, identity.sign_in_attempts.

-- From the moment that the browser leaves for the issuer until it comes back, once, within ten minutes.
CREATE TABLE identity.sign_in_attempts (
    state_hash    text        PRIMARY KEY CHECK (length(state_hash) = 64),
    browser_hash  text        NOT NULL CHECK (length(browser_hash) = 64),  -- Of the token in its cookie.
    nonce_hash    text        NOT NULL CHECK (length(nonce_hash) = 64),
    realm         text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    issuer        text        NOT NULL,  -- As the settings name it.
    session_id    uuid,                  -- Of whom connects it with the account that they are signed in to; NULL: to sign in.
    next          text        NOT NULL,  -- A path of the shop's own.
    expires_at    timestamptz NOT NULL
);

CREATE INDEX sign_in_attempts_by_expiry ON identity.sign_in_attempts (expires_at);  -- Trimming.

CREATE TABLE identity.federated_identities (
    id             uuid        PRIMARY KEY,
    realm          text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    account_id     uuid        NOT NULL,
    issuer         text        NOT NULL,  -- iss.
    subject_index  bytea       NOT NULL CHECK (length(subject_index) >= 16),  -- A keyed hash of iss and sub.
    connected_at   timestamptz NOT NULL,
    last_used_at   timestamptz NOT NULL CHECK (last_used_at >= connected_at),

    UNIQUE (realm, issuer, subject_index)  -- One person there is one account here.
);

CREATE INDEX federated_identities_of_accounts ON identity.federated_identities (realm, account_id);

-- Somebody has shown who they are at an issuer, and shall now show that an account here is theirs.
CREATE TABLE identity.pending_identities (
    token_hash     text        PRIMARY KEY CHECK (length(token_hash) = 64),  -- Of the token in the browser's cookie.
    realm          text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    issuer_name    text        NOT NULL,  -- As the settings name it.
    issuer         text        NOT NULL,
    subject_index  bytea       NOT NULL CHECK (length(subject_index) >= 16),
    expires_at     timestamptz NOT NULL
);

CREATE INDEX pending_identities_by_expiry ON identity.pending_identities (expires_at);  -- Trimming.
