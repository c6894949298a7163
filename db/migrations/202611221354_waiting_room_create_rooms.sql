-- Waiting rooms before a product or the whole shop: who comes gets the next number, and numbers are admitted at a
-- rate. Everything a process needs to answer a waiting shopper is one row, which it keeps in memory.
-- Locks: none, all tables are new. Undo: DROP SCHEMA waiting_room CASCADE.

CREATE SCHEMA waiting_room;

CREATE TABLE waiting_room.rooms (
    id               uuid        PRIMARY KEY,
    product_id       uuid        REFERENCES catalog.products ON DELETE CASCADE,  -- NULL: the whole shop.
    rate             integer     NOT NULL CHECK (rate BETWEEN 1 AND 10000),      -- Admitted per second.
    turn_minutes     smallint    NOT NULL CHECK (turn_minutes BETWEEN 1 AND 120), -- How long cart and checkout are open to one.
    opens_at         timestamptz,                                                -- Who comes before is drawn by lot then.
    last_number      bigint      NOT NULL DEFAULT 0,
    admitted         bigint      NOT NULL DEFAULT 0,
    credit           float8      NOT NULL DEFAULT 0 CHECK (credit >= 0),         -- Admissions earned and not yet given.
    advanced_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    drawn_numbers    bigint,                                                     -- Numbers given before it opened, and the
    draw_seed        bigint,                                                     -- lot; NULL until it has opened.
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at        timestamptz,

    CHECK (admitted BETWEEN 0 AND last_number),
    CHECK ((drawn_numbers IS NULL) = (draw_seed IS NULL))
);
CREATE UNIQUE INDEX one_open_room ON waiting_room.rooms (coalesce(product_id, '00000000-0000-0000-0000-000000000000'))
    WHERE closed_at IS NULL;

-- How far admission was when: a turn is counted from the first mark that covers it.
CREATE TABLE waiting_room.marks (
    room_id   uuid        NOT NULL REFERENCES waiting_room.rooms ON DELETE CASCADE,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    admitted  bigint      NOT NULL,
    PRIMARY KEY (room_id, at)
);

-- A number orders for one cart.
CREATE TABLE waiting_room.uses (
    room_id  uuid        NOT NULL REFERENCES waiting_room.rooms ON DELETE CASCADE,
    number   bigint      NOT NULL,
    cart_id  uuid        NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room_id, number)
);
