-- Keys by which machines read from the admin API. A key is found by the SHA-256 of its token, which is shown once and kept nowhere; its first characters are
-- kept so that people know it again. Revoking ends it for good; the row stays, so that the audit's actor is somebody.
-- Locks: none, all is new. Undo: DROP TABLE identity.api_keys; every machine is locked out then.

CREATE TABLE identity.api_keys (
    id            uuid        PRIMARY KEY,
    name          text        NOT NULL CHECK (name <> ''),
    prefix        text        NOT NULL,
    token_hash    text        NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    scopes        text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    created_by    uuid        NOT NULL REFERENCES identity.staff_members,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL CHECK (expires_at > created_at),
    last_used_at  timestamptz,  -- To the hour.
    revoked_at    timestamptz CHECK (revoked_at >= created_at)
);
CREATE UNIQUE INDEX living_api_keys_by_name ON identity.api_keys (lower(name)) WHERE revoked_at IS NULL;
