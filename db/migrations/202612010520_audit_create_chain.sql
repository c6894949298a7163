-- A hash chain over the audit's entries, so that whoever changes, removes, inserts or reorders one is found out, also
-- with the triggers switched off. Entries wait in audit.unchained from their own transaction on; a sequencer gives them
-- their place. So no transaction of the trade waits for the chain, and an entry that is committed after a later one
-- gets its place when it is seen: none is passed over. What a place's hash is: src/audit/chain.h.
--
-- Entries may name a request, the network it came from, and customers and machines as actors. before and after become
-- json: the chain is about their bytes, and jsonb does not keep them.
-- Locks: audit.entries, exclusively, while it is written anew (it has a row per act of staff); the rest is new.
-- Undo: DROP TABLE audit.chain, audit.unchained, audit.coverage; DROP VIEW audit.acts; DROP the functions and trigger,
-- and the two columns of audit.entries.

ALTER TABLE audit.entries
    ALTER COLUMN before TYPE json USING before::json,
    ALTER COLUMN after TYPE json USING after::json,
    ADD COLUMN request_id text CHECK (request_id <> ''),
    ADD COLUMN network cidr CHECK ((family(network) = 4 AND masklen(network) = 24)
                                OR (family(network) = 6 AND masklen(network) = 48)),  -- Never an address.
    DROP CONSTRAINT entries_actor_kind_check,
    ADD CONSTRAINT entries_actor_kind_check
        CHECK (actor_kind IN ('system', 'staff', 'command', 'customer', 'machine'));

-- Entries without a place, in the order in which they will get one.
CREATE TABLE audit.unchained (
    position  bigint      PRIMARY KEY,
    entry_id  uuid        NOT NULL,
    since     timestamptz NOT NULL
);

CREATE FUNCTION audit.await_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit.unchained (position, entry_id, since) SELECT position, id, at FROM added;
    RETURN NULL;
END $$;

INSERT INTO audit.unchained (position, entry_id, since) SELECT position, id, at FROM audit.entries;

CREATE TRIGGER entries_await_chain AFTER INSERT ON audit.entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.await_chain();

-- Places are counted from 1, without gaps.
CREATE TABLE audit.chain (
    seq       bigint PRIMARY KEY CHECK (seq > 0),
    entry_id  uuid   NOT NULL UNIQUE REFERENCES audit.entries,
    hash      bytea  NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE TRIGGER places_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.chain
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Since when every change of a kind has its entry, for the invariants that say so. A shop that is there already gets
-- an hour in which processes of an older version may still work.
CREATE TABLE audit.coverage (
    changes  text        PRIMARY KEY,
    since    timestamptz NOT NULL
);
INSERT INTO audit.coverage (changes, since)
SELECT changes, CASE WHEN EXISTS (SELECT FROM catalog.products) THEN clock_timestamp() + interval '1 hour'
                     ELSE '-infinity' END
  FROM unnest(ARRAY['stock', 'coupons', 'waiting_rooms', 'orders']) AS changes;

-- For other rooms: what was done, to what and when.
CREATE VIEW audit.acts AS SELECT action, object_kind, object_id, at FROM audit.entries;
