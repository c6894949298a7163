-- Sessions of customers and staff, and how often keys (accounts, addresses) have failed lately.
-- A session is found by the SHA-256 of its token. One that ended keeps its row for a while, with when and why, so that it can be told later
-- what a stolen one could reach. What device and address it came from is added sealed.
-- Throttles are buckets of one instant each (GCRA): when the key would be at rest again. Keys are keyed hashes.
-- Locks: none, all is new. Undo: DROP SCHEMA identity CASCADE.

CREATE SCHEMA IF NOT EXISTS identity;

CREATE TABLE identity.sessions (
    id                uuid        PRIMARY KEY,
    realm             text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    account_id        uuid        NOT NULL,
    token_hash        text        NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    stage             text        NOT NULL CHECK (stage IN ('pending_second_factor', 'open')),
    methods           text[]      NOT NULL,  -- RFC 8176: pwd, otp, hwk …
    created_at        timestamptz NOT NULL,
    authenticated_at  timestamptz NOT NULL CHECK (authenticated_at >= created_at),
    last_seen_at      timestamptz NOT NULL CHECK (last_seen_at >= created_at),
    ended_at          timestamptz,
    end_reason        text        CHECK (end_reason IN ('signed_out', 'revoked', 'replaced', 'password_changed', 'account_closed')),

    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX sessions_of_accounts ON identity.sessions (realm, account_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_last_seen ON identity.sessions (last_seen_at);  -- Trimming.

CREATE TABLE identity.throttles (
    key         bytea       PRIMARY KEY CHECK (length(key) = 32),
    at_rest_at  timestamptz NOT NULL
);

CREATE INDEX throttles_by_rest ON identity.throttles (at_rest_at);  -- Trimming.
