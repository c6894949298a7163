-- Every change of what the shop shows is noted in catalog.changes and announced on the channel 'catalog', whoever makes
-- it: the admin portal, an import, or somebody with psql. All processes keep their picture of the catalogue by that.
--
-- Per statement, not per row: an import of 100,000 products notes 'everything' once instead of 100,000 products.
-- Locks: short ones on each table, for its triggers. Undo: DROP FUNCTION … CASCADE for the functions below.

CREATE FUNCTION catalog.announce(products uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(products) = 0 THEN
        RETURN;
    ELSIF cardinality(products) > 1000 THEN
        INSERT INTO catalog.changes (scope) VALUES ('everything');
    ELSE
        INSERT INTO catalog.changes (scope, product_id) SELECT 'product', unnest(products);
    END IF;
    PERFORM pg_notify('catalog', '');
END $$;

-- For tables that are not of products. Its argument is the scope.
CREATE FUNCTION catalog.announce_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.changes (scope) VALUES (TG_ARGV[0]);
    PERFORM pg_notify('catalog', '');
    RETURN NULL;
END $$;

CREATE FUNCTION catalog.announce_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM catalog.announce(ARRAY(SELECT id FROM after));
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM catalog.announce(ARRAY(SELECT id FROM before));
    ELSE
        PERFORM catalog.announce(ARRAY(SELECT id FROM before UNION SELECT id FROM after));
    END IF;
    RETURN NULL;
END $$;

-- Tables with a column product_id.
CREATE FUNCTION catalog.announce_product_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM catalog.announce(ARRAY(SELECT DISTINCT product_id FROM after));
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM catalog.announce(ARRAY(SELECT DISTINCT product_id FROM before));
    ELSE
        PERFORM catalog.announce(ARRAY(SELECT product_id FROM before UNION SELECT product_id FROM after));
    END IF;
    RETURN NULL;
END $$;

-- What goes with a variant or an option that is deleted is announced by that.
CREATE FUNCTION catalog.announce_prices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT DISTINCT variant_id FROM after);
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(SELECT DISTINCT variant_id FROM before);
    ELSE
        changed := ARRAY(SELECT variant_id FROM before UNION SELECT variant_id FROM after);
    END IF;
    PERFORM catalog.announce(ARRAY(SELECT DISTINCT product_id FROM catalog.variants WHERE id = ANY (changed)));
    RETURN NULL;
END $$;

CREATE FUNCTION catalog.announce_option_values() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT DISTINCT option_id FROM after);
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(SELECT DISTINCT option_id FROM before);
    ELSE
        changed := ARRAY(SELECT option_id FROM before UNION SELECT option_id FROM after);
    END IF;
    PERFORM catalog.announce(ARRAY(SELECT DISTINCT product_id FROM catalog.product_options WHERE id = ANY (changed)));
    RETURN NULL;
END $$;

DO $$
DECLARE
    target text;
    announce text;
BEGIN
    FOR target, announce IN VALUES
        ('catalog.products', 'catalog.announce_products'),
        ('catalog.variants', 'catalog.announce_product_parts'),
        ('catalog.product_options', 'catalog.announce_product_parts'),
        ('catalog.product_images', 'catalog.announce_product_parts'),
        ('catalog.product_categories', 'catalog.announce_product_parts'),
        ('catalog.collection_products', 'catalog.announce_product_parts'),
        ('catalog.prices', 'catalog.announce_prices'),
        ('catalog.option_values', 'catalog.announce_option_values')
    LOOP
        EXECUTE format('CREATE TRIGGER announce_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after
                        FOR EACH STATEMENT EXECUTE FUNCTION %s()', target, announce);
        EXECUTE format('CREATE TRIGGER announce_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS before NEW TABLE AS after
                        FOR EACH STATEMENT EXECUTE FUNCTION %s()', target, announce);
        EXECUTE format('CREATE TRIGGER announce_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before
                        FOR EACH STATEMENT EXECUTE FUNCTION %s()', target, announce);
        EXECUTE format('CREATE TRIGGER announce_truncate AFTER TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION catalog.announce_scope(''everything'')', target);
    END LOOP;

    FOREACH target IN ARRAY ARRAY['catalog.markets', 'catalog.market_countries', 'catalog.provinces', 'catalog.tax_rates',
                                  'catalog.categories', 'catalog.collections', 'catalog.content_pages', 'catalog.shop',
                                  'fulfilment.shipping_options']
    LOOP
        EXECUTE format('CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION catalog.announce_scope(''settings'')', target);
    END LOOP;
END $$;

-- Makers and pictures are shared by many products, and change rarely. A picture that is taken in again is "updated" to
-- what it was, which is no change.
CREATE FUNCTION catalog.announce_shared_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM after a JOIN before b USING (id) WHERE a IS DISTINCT FROM b) THEN
        INSERT INTO catalog.changes (scope) VALUES ('everything');
        PERFORM pg_notify('catalog', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER UPDATE ON media.images REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.announce_shared_parts();
CREATE TRIGGER announce AFTER UPDATE ON catalog.makers REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.announce_shared_parts();
