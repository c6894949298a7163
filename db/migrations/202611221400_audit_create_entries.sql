-- Who did what, when and why: one row per act of staff, of a command or of the shop by itself that changes what is
-- agreed, owed or counted. Written in the transaction of the act, and never changed: triggers refuse it. No personal
-- data in before, after and reason: ids, counts, amounts and states alone.
-- Locks: none, all is new. Undo: DROP SCHEMA audit CASCADE.

CREATE SCHEMA audit;

CREATE TABLE audit.entries (
    id           uuid        PRIMARY KEY,
    position     bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,  -- In which order they are read; gaps mean nothing.
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor        text        NOT NULL CHECK (actor <> ''),
    actor_kind   text        NOT NULL CHECK (actor_kind IN ('system', 'staff', 'command')),
    action       text        NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    object_kind  text        NOT NULL CHECK (object_kind <> ''),
    object_id    text        NOT NULL CHECK (object_id <> ''),
    before       jsonb,      -- NULL: there was nothing, or it does not matter.
    after        jsonb,
    reason       text        NOT NULL DEFAULT ''
);
CREATE INDEX entries_by_object ON audit.entries (object_kind, object_id);

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
