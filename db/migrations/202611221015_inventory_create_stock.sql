-- Units of variants at locations. A stock level is the sum of its movements; both are written in one transaction.
-- Locks: none, all tables are new. Undo: DROP SCHEMA inventory CASCADE.

CREATE SCHEMA inventory;

CREATE TABLE inventory.locations (
    id        uuid    PRIMARY KEY,
    code      text    NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name      text    NOT NULL,
    country   char(2) NOT NULL,
    position  integer NOT NULL DEFAULT 0
);

CREATE TABLE inventory.stock_levels (
    variant_id      uuid    NOT NULL REFERENCES catalog.variants,
    location_id     uuid    NOT NULL REFERENCES inventory.locations,
    on_hand         integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    committed       integer NOT NULL DEFAULT 0 CHECK (committed >= 0),
    unavailable     integer NOT NULL DEFAULT 0 CHECK (unavailable >= 0),
    oversell_limit  integer NOT NULL DEFAULT 0 CHECK (oversell_limit >= 0),

    PRIMARY KEY (variant_id, location_id),
    CONSTRAINT never_oversold CHECK (committed + unavailable <= on_hand + oversell_limit)
) WITH (fillfactor = 70);

-- Append-only. Deltas by column; a movement for an order names it as its holder.
CREATE TABLE inventory.stock_movements (
    id                    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id            uuid        NOT NULL,
    location_id           uuid        NOT NULL,
    kind                  text        NOT NULL CHECK (kind IN ('received', 'adjusted', 'committed', 'released',
                                                               'shipped', 'returned', 'damaged', 'transferred')),
    on_hand_delta         integer     NOT NULL DEFAULT 0,
    committed_delta       integer     NOT NULL DEFAULT 0,
    unavailable_delta     integer     NOT NULL DEFAULT 0,
    oversell_limit_delta  integer     NOT NULL DEFAULT 0,
    holder_id             uuid,       -- The order whose units these are.
    reason                text        NOT NULL DEFAULT '',
    actor                 text        NOT NULL DEFAULT 'system',
    at                    timestamptz NOT NULL DEFAULT clock_timestamp(),

    FOREIGN KEY (variant_id, location_id) REFERENCES inventory.stock_levels,
    CHECK (kind NOT IN ('committed', 'released') OR holder_id IS NOT NULL)
);
CREATE INDEX stock_movements_by_holder ON inventory.stock_movements (holder_id) WHERE holder_id IS NOT NULL;

-- For other rooms: what each holder still has committed, and what was shipped to it.
CREATE VIEW inventory.holder_units AS
    SELECT holder_id, variant_id,
           sum(committed_delta)::bigint AS committed,
           coalesce(-sum(on_hand_delta) FILTER (WHERE kind = 'shipped'), 0)::bigint AS shipped
      FROM inventory.stock_movements
     WHERE holder_id IS NOT NULL
     GROUP BY holder_id, variant_id;

-- For other rooms: units committed of each variant, all locations together.
CREATE VIEW inventory.committed_units AS
    SELECT variant_id, sum(committed)::bigint AS committed FROM inventory.stock_levels GROUP BY variant_id;
