-- What belongs to an order is checked once per statement, and no more once per row.
--
-- PostgreSQL checks a foreign key row by row: a query and a row lock for each line, shipping line, contact and stock
-- movement. Orders are written a hundred at a time, and these checks were a quarter of what placing a batch cost. A
-- trigger per statement asks the same question of all new rows at once: is there one without its order (its stock
-- level)? It holds as a foreign key does:
--   * a row is refused if what it belongs to is not there (23503, as before);
--   * a row does not move to another order or level;
--   * orders and stock levels stay: nothing deletes them or changes their keys. So no lock on them is needed, and a row
--     that was right stays right.
-- Tables that are written an order at a time keep their foreign keys.
--
-- The check must look up each row by the primary key. Left to itself PostgreSQL would plan it for the empty tables of a
-- new shop, keep that plan, and read all orders for each batch later: hence the settings.
--
-- Locks: all of these tables, for a moment. Undo: drop the triggers and functions, add the foreign keys again.

CREATE FUNCTION orders.require_order() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (SELECT FROM written LEFT JOIN orders.orders ON orders.id = written.order_id WHERE orders.id IS NULL) THEN
        RAISE foreign_key_violation
            USING MESSAGE = format('a row of %I.%I has no order', TG_TABLE_SCHEMA, TG_TABLE_NAME), CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION inventory.require_level() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (SELECT FROM written LEFT JOIN inventory.stock_levels level USING (variant_id, location_id)
                WHERE level.variant_id IS NULL) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a stock movement has no stock level', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

-- For whatever stays, and stays where it belongs.
CREATE FUNCTION platform.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation
        USING MESSAGE = format('rows of %I.%I stay where they are', TG_TABLE_SCHEMA, TG_TABLE_NAME), CONSTRAINT = TG_NAME;
END $$;

ALTER TABLE orders.order_lines DROP CONSTRAINT order_lines_order_id_fkey;
ALTER TABLE orders.order_shipping_lines DROP CONSTRAINT order_shipping_lines_order_id_fkey;
ALTER TABLE orders.order_contacts DROP CONSTRAINT order_contacts_order_id_fkey;
ALTER TABLE inventory.stock_movements DROP CONSTRAINT stock_movements_variant_id_location_id_fkey;

CREATE TRIGGER line_has_order AFTER INSERT ON orders.order_lines
    REFERENCING NEW TABLE AS written EXECUTE FUNCTION orders.require_order();
CREATE TRIGGER shipping_line_has_order AFTER INSERT ON orders.order_shipping_lines
    REFERENCING NEW TABLE AS written EXECUTE FUNCTION orders.require_order();
CREATE TRIGGER contact_has_order AFTER INSERT ON orders.order_contacts
    REFERENCING NEW TABLE AS written EXECUTE FUNCTION orders.require_order();
CREATE TRIGGER movement_has_level AFTER INSERT ON inventory.stock_movements
    REFERENCING NEW TABLE AS written EXECUTE FUNCTION inventory.require_level();

CREATE TRIGGER line_keeps_order BEFORE UPDATE OF order_id ON orders.order_lines EXECUTE FUNCTION platform.refuse();
CREATE TRIGGER shipping_line_keeps_order BEFORE UPDATE OF order_id ON orders.order_shipping_lines
    EXECUTE FUNCTION platform.refuse();
CREATE TRIGGER contact_keeps_order BEFORE UPDATE OF order_id ON orders.order_contacts EXECUTE FUNCTION platform.refuse();
CREATE TRIGGER movement_keeps_level BEFORE UPDATE OF variant_id, location_id ON inventory.stock_movements
    EXECUTE FUNCTION platform.refuse();
CREATE TRIGGER orders_stay BEFORE DELETE OR UPDATE OF id ON orders.orders EXECUTE FUNCTION platform.refuse();
CREATE TRIGGER levels_stay BEFORE DELETE OR UPDATE OF variant_id, location_id ON inventory.stock_levels
    EXECUTE FUNCTION platform.refuse();
