-- Before orders are placed: units enough in all first variants of the synthetic products, with the movement that
-- explains them; and ids for pgbench, ordered in time like Osier's own, so that its indexes are as warm.
BEGIN;
CREATE SCHEMA IF NOT EXISTS bench;
CREATE OR REPLACE FUNCTION bench.id(kind integer, number bigint) RETURNS uuid STABLE LANGUAGE sql AS $$
  SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '700' || kind || 'a' ||
          lpad(to_hex(number), 15, '0'))::uuid
$$;
CREATE OR REPLACE FUNCTION bench.synthetic_id(kind integer, number bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
  SELECT ('0000000' || kind || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
$$;
CREATE OR REPLACE FUNCTION bench.access_key(at timestamptz, id uuid) RETURNS bytea STABLE LANGUAGE sql AS $$
  SELECT int4send(extract(epoch FROM at)::integer) || sha256(id::text::bytea)
$$;
WITH filled AS (
  UPDATE inventory.stock_levels SET on_hand = on_hand + 1000000
   WHERE variant_id = ANY (ARRAY(SELECT bench.synthetic_id(4, n * 4) FROM generate_series(0, 1999) AS n))
     AND on_hand < 1000000
  RETURNING variant_id, location_id
)
INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, reason, actor)
SELECT variant_id, location_id, 'received', 1000000, 'bench', 'bench' FROM filled;
SELECT pg_notify('stock', '');
COMMIT;
