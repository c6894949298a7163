-- Pictures and their renditions. Locks: none. Undo: DROP SCHEMA media CASCADE.

CREATE SCHEMA media;

CREATE TABLE media.images (
    id          uuid        PRIMARY KEY,
    hash        text        NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{16,64}$'),  -- Of the master; part of the URL.
    width       integer     NOT NULL CHECK (width > 0),
    height      integer     NOT NULL CHECK (height > 0),
    colour      text        NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),          -- Shown until the picture is there.
    renditions  jsonb       NOT NULL,   -- [{"format":"avif","width":640,"height":800,"name":"…","size":12345}, …]
    created_at  timestamptz NOT NULL DEFAULT now()
);
