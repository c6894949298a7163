-- Who works in the admin portal: members, roles as sets of named permissions, and invitations.
-- E-mail and name are sealed under the member's profile key; a member is found by the address's blind index. What a role allows is a set of names out of
-- identity/permission.h; a name that is not there opens nothing. History is in the audit, so these tables hold what is true now.
-- Locks: none, all is new. Undo: DROP TABLE identity.invitations, identity.member_roles, identity.roles, identity.staff_members; nobody is staff then.

CREATE TABLE identity.staff_members (
    id             uuid        PRIMARY KEY REFERENCES privacy.subjects,
    email_index    bytea       NOT NULL UNIQUE CHECK (length(email_index) = 16),
    email          bytea       NOT NULL,  -- Sealed.
    name           bytea       NOT NULL,  -- Sealed.
    locale         text        NOT NULL CHECK (locale <> ''),
    password_hash  text,
    created_at     timestamptz NOT NULL,
    joined_at      timestamptz CHECK (joined_at >= created_at),
    disabled_at    timestamptz CHECK (disabled_at >= created_at),

    CHECK (joined_at IS NULL OR password_hash IS NOT NULL)
);

CREATE TABLE identity.roles (
    id           uuid        PRIMARY KEY,
    is_owner     boolean     NOT NULL DEFAULT false,
    name         text        NOT NULL CHECK (name <> ''),
    description  text        NOT NULL DEFAULT '',
    permissions  text[]      NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),

    CHECK (NOT is_owner OR permissions = '{}')  -- The owner's are all there are.
);
CREATE UNIQUE INDEX one_owner_role ON identity.roles ((true)) WHERE is_owner;
CREATE UNIQUE INDEX roles_by_name ON identity.roles (lower(name));

CREATE TABLE identity.member_roles (
    member_id  uuid NOT NULL REFERENCES identity.staff_members,
    role_id    uuid NOT NULL REFERENCES identity.roles,

    PRIMARY KEY (member_id, role_id)
);
CREATE INDEX members_of_roles ON identity.member_roles (role_id);

-- At most one is open per member: with it they choose their first password, or a new one. Whoever uses it deletes it.
CREATE TABLE identity.invitations (
    member_id   uuid        PRIMARY KEY REFERENCES identity.staff_members,
    id          uuid        NOT NULL UNIQUE,
    token_hash  text        UNIQUE CHECK (length(token_hash) = 64),  -- NULL until its mail is written.
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL CHECK (expires_at > created_at)
);

-- What a shop begins with. All but the owner's may be edited and removed.
INSERT INTO identity.roles (id, is_owner, name, description, permissions) VALUES
    ('019afc00-0000-7000-8000-000000000001', true, 'Owner', 'Everything there is.', '{}'),
    ('019afc00-0000-7000-8000-000000000002', false, 'Shop manager', 'Runs the daily business: orders, money, customers.',
     '{orders.read,orders.refund,orders.capture,orders.cancel,customers.read,customers.reveal,audit.read}'),
    ('019afc00-0000-7000-8000-000000000003', false, 'Support', 'Answers questions: sees orders and customers, with personal data masked.',
     '{orders.read,customers.read}');
