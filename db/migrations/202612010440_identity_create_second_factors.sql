-- Second factors of customers and staff: authenticator apps, recovery codes, passkeys, and the challenges that passkeys sign.
-- Seeds and the names that people give to their passkeys are sealed under the account's profile key; recovery codes and challenges are hashes.
-- Locks: none, all is new. Undo: DROP TABLE identity.authenticator_apps, identity.recovery_codes, identity.passkeys, identity.passkey_challenges;
-- accounts then have no second factor, and staff cannot sign in until they have set one up again.

-- An account has one that counts, and beside it at most one that waits for its first code.
CREATE TABLE identity.authenticator_apps (
    id            uuid        PRIMARY KEY,
    realm         text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    account_id    uuid        NOT NULL,
    seed          bytea       NOT NULL,  -- Sealed.
    created_at    timestamptz NOT NULL,
    confirmed_at  timestamptz CHECK (confirmed_at >= created_at),
    last_step     bigint,                -- Of 30 s since 1970; the last whose code was taken. None is taken twice.
    last_used_at  timestamptz,

    CHECK ((confirmed_at IS NULL) = (last_step IS NULL))
);

CREATE UNIQUE INDEX one_app_per_account ON identity.authenticator_apps (realm, account_id) WHERE confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX one_app_offered_per_account ON identity.authenticator_apps (realm, account_id) WHERE confirmed_at IS NULL;

CREATE TABLE identity.recovery_codes (
    realm       text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    account_id  uuid        NOT NULL,
    code_hash   text        NOT NULL CHECK (length(code_hash) = 64),
    created_at  timestamptz NOT NULL,
    used_at     timestamptz CHECK (used_at >= created_at),

    PRIMARY KEY (realm, account_id, code_hash)
);

CREATE TABLE identity.passkeys (
    id             uuid        PRIMARY KEY,
    realm          text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    account_id     uuid        NOT NULL,
    credential_id  bytea       NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),  -- The authenticator's name for it.
    public_key     bytea       NOT NULL,  -- COSE.
    sign_count     bigint      NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
    is_backed_up   boolean     NOT NULL,  -- Synchronised between the person's devices.
    name           bytea       NOT NULL,  -- Sealed.
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz CHECK (last_used_at >= created_at)
);

CREATE INDEX passkeys_of_accounts ON identity.passkeys (realm, account_id);

-- Given out for one answer, to one session where there is one. Deleted when the answer comes.
CREATE TABLE identity.passkey_challenges (
    challenge_hash  text        PRIMARY KEY CHECK (length(challenge_hash) = 64),
    realm           text        NOT NULL CHECK (realm IN ('customer', 'staff')),
    purpose         text        NOT NULL CHECK (purpose IN ('add', 'sign_in', 'second_factor', 'confirm')),
    session_id      uuid,       -- NULL only to sign in.
    expires_at      timestamptz NOT NULL,

    CHECK ((session_id IS NULL) = (purpose = 'sign_in'))
);

CREATE INDEX passkey_challenges_by_expiry ON identity.passkey_challenges (expires_at);  -- Trimming.
