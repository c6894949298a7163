-- Every price that ever applied, so that a reduction is shown from the lowest price of the thirty days before it
-- (Directive 98/6/EC, article 6a; CJEU C-330/23: the reduction itself is counted from that price). A trigger writes it,
-- whoever changes a price; nobody types the price that is struck through.
-- Locks: a short one on catalog.prices, for its triggers. Undo: DROP TABLE catalog.price_history CASCADE; DROP FUNCTION
-- catalog.record_prices, catalog.prior_price CASCADE.

-- A row is one state of a row of catalog.prices: it applied while it was both known and valid. What ended before today
-- is known, what was before this migration is not.
CREATE TABLE catalog.price_history (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id    uuid        NOT NULL,  -- No foreign keys: the history outlives what it tells of.
    market_id     uuid        NOT NULL,
    min_quantity  integer     NOT NULL,
    amount_minor  bigint      NOT NULL,
    valid_from    timestamptz NOT NULL,
    valid_to      timestamptz NOT NULL,
    known_from    timestamptz NOT NULL DEFAULT now(),
    known_to      timestamptz NOT NULL DEFAULT 'infinity'
);
CREATE INDEX price_history_by_price ON catalog.price_history (variant_id, market_id, min_quantity);

INSERT INTO catalog.price_history (variant_id, market_id, min_quantity, amount_minor, valid_from, valid_to)
SELECT variant_id, market_id, min_quantity, amount_minor, valid_from, valid_to FROM catalog.prices;

CREATE FUNCTION catalog.record_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE catalog.price_history SET known_to = now() WHERE known_to = 'infinity';
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE catalog.price_history h SET known_to = now() FROM before b
         WHERE h.known_to = 'infinity'
           AND (h.variant_id, h.market_id, h.min_quantity, h.valid_from)
             = (b.variant_id, b.market_id, b.min_quantity, b.valid_from);
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE catalog.price_history h SET known_to = now() FROM before b
         WHERE h.known_to = 'infinity'
           AND (h.variant_id, h.market_id, h.min_quantity, h.valid_from)
             = (b.variant_id, b.market_id, b.min_quantity, b.valid_from)
           AND NOT EXISTS (SELECT FROM after a
                            WHERE (a.variant_id, a.market_id, a.min_quantity, a.amount_minor, a.valid_from, a.valid_to)
                                = (b.variant_id, b.market_id, b.min_quantity, b.amount_minor, b.valid_from, b.valid_to));
        INSERT INTO catalog.price_history (variant_id, market_id, min_quantity, amount_minor, valid_from, valid_to)
        SELECT a.variant_id, a.market_id, a.min_quantity, a.amount_minor, a.valid_from, a.valid_to FROM after a
         WHERE NOT EXISTS (SELECT FROM before b
                            WHERE (a.variant_id, a.market_id, a.min_quantity, a.amount_minor, a.valid_from, a.valid_to)
                                = (b.variant_id, b.market_id, b.min_quantity, b.amount_minor, b.valid_from, b.valid_to));
    ELSE
        INSERT INTO catalog.price_history (variant_id, market_id, min_quantity, amount_minor, valid_from, valid_to)
        SELECT variant_id, market_id, min_quantity, amount_minor, valid_from, valid_to FROM after;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER record_insert AFTER INSERT ON catalog.prices REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.record_prices();
CREATE TRIGGER record_update AFTER UPDATE ON catalog.prices REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.record_prices();
CREATE TRIGGER record_delete AFTER DELETE ON catalog.prices REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.record_prices();
CREATE TRIGGER record_truncate AFTER TRUNCATE ON catalog.prices
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.record_prices();

-- The price that a reduced one is compared with; NULL if it is shown as no reduction. compare_at_minor says that the shop
-- announces one. In the EU its amount does not count: what does is the lowest price that applied in the thirty days
-- before this one began, and without a higher one there is no reduction.
CREATE FUNCTION catalog.prior_price(price catalog.prices) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN price.compare_at_minor IS NULL THEN NULL
        WHEN (SELECT region FROM catalog.markets WHERE id = price.market_id) <> 'eu' THEN price.compare_at_minor
        ELSE (SELECT nullif(greatest(min(h.amount_minor), price.amount_minor), price.amount_minor)
                FROM (SELECT greatest(known_from, valid_from) AS at
                        FROM catalog.price_history
                       WHERE (variant_id, market_id, min_quantity, valid_from)
                           = (price.variant_id, price.market_id, price.min_quantity, price.valid_from)
                         AND known_to = 'infinity') reduced
                JOIN catalog.price_history h
                  ON (h.variant_id, h.market_id, h.min_quantity) = (price.variant_id, price.market_id, price.min_quantity)
                 AND greatest(h.known_from, h.valid_from) < least(h.known_to, h.valid_to)
                 AND greatest(h.known_from, h.valid_from) < reduced.at
                 AND least(h.known_to, h.valid_to) > reduced.at - interval '30 days')
    END
$$;
