-- What starts after a commit: facts to tell (outbox), messages from outside (inbox) and repeated work (schedules).
-- Payloads hold ids, never personal data. Locks: none, all tables are new. Undo: DROP SCHEMA platform CASCADE.

CREATE SCHEMA IF NOT EXISTS platform;

CREATE TABLE platform.outbox_events (
    position         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id               uuid        NOT NULL UNIQUE,
    topic            text        NOT NULL CHECK (topic ~ '^[a-z_]+\.[a-z_]+$'),
    aggregate_id     uuid        NOT NULL,
    payload          jsonb       NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts         integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    done_listeners   text[]      NOT NULL DEFAULT '{}',  -- Who has handled it; only the others are tried again.
    delivered_at     timestamptz,
    parked_at        timestamptz,
    parked_reason    text,

    CHECK ((parked_at IS NULL) = (parked_reason IS NULL))
);

-- Undelivered events by aggregate (order is kept per aggregate) and by due time.
CREATE INDEX outbox_events_waiting ON platform.outbox_events (aggregate_id, position) WHERE delivered_at IS NULL;
CREATE INDEX outbox_events_due ON platform.outbox_events (next_attempt_at, position)
    WHERE delivered_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_events_delivered ON platform.outbox_events (delivered_at) WHERE delivered_at IS NOT NULL;

CREATE TABLE platform.inbox_events (
    source           text        NOT NULL,
    event_id         text        NOT NULL,
    type             text        NOT NULL,
    object_id        text        NOT NULL,  -- The sender's id of what it is about; the object itself is fetched anew.
    is_live          boolean     NOT NULL,
    sent_at          timestamptz,
    received_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts         integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    processed_at     timestamptz,
    parked_at        timestamptz,
    parked_reason    text,

    PRIMARY KEY (source, event_id),
    CHECK ((parked_at IS NULL) = (parked_reason IS NULL))
);

CREATE INDEX inbox_events_due ON platform.inbox_events (next_attempt_at)
    WHERE processed_at IS NULL AND parked_at IS NULL;

CREATE TABLE platform.schedules (
    name          text        PRIMARY KEY,
    next_run_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    leased_until  timestamptz,                        -- A process is at it; NULL between runs.
    last_run_at   timestamptz,                        -- When the last run that went well began.
    last_error    text,
    failures      integer     NOT NULL DEFAULT 0      -- In a row.
);
