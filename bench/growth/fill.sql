-- Orders of the past year, as the intake and the seller's consent leave them: placed, to be paid by transfer, one unit
-- of one of 2,000 variants each. :first and :last number them; :location is where the stock is. After prepare.sql.
CREATE OR REPLACE FUNCTION bench.past(number bigint) RETURNS timestamptz STABLE LANGUAGE sql AS $$
  SELECT date_trunc('day', now()) - interval '365 days' + (number * 6) * interval '1 second'
$$;
CREATE OR REPLACE FUNCTION bench.past_id(kind integer, number bigint) RETURNS uuid STABLE LANGUAGE sql AS $$
  SELECT (lpad(to_hex((extract(epoch FROM bench.past(number)) * 1000)::bigint), 12, '0') || '700' || kind || 'a' ||
          lpad(to_hex(number), 15, '0'))::uuid
$$;
BEGIN;
SET LOCAL synchronous_commit = off;
CREATE TEMP TABLE past ON COMMIT DROP AS
SELECT n, bench.past(n) AS at, bench.past_id(1, n) AS id, bench.past_id(4, n) AS payment_id, n % 2000 AS v
  FROM generate_series(:first::bigint, :last::bigint) AS n;
INSERT INTO orders.orders (id, market_code, region, locale, channel, currency, prices_include_tax, status, payment_status,
       fulfilment_status, return_status, items_minor, shipping_minor, discount_minor, tax_minor, total_minor, cart_id,
       cart_version, idempotency_key, access_token_hash, created_at, updated_at, expires_at, placed_at)
SELECT id, 'eu', 'eu', 'en', 'store_api', 'EUR', true, 'placed', 'authorized', 'unfulfilled', 'none', 2017, 412, 0, 461,
       2890, bench.past_id(2, n), 3, 'cart:' || bench.past_id(2, n) || ':3', bench.access_key(at, id), at, at,
       at + interval '30 minutes', at + interval '1 minute'
  FROM past ORDER BY n;
INSERT INTO orders.order_lines (id, order_id, position, variant_id, product_id, sku, title, variant_title, image_hash,
       quantity, unit_price_minor, net_minor, discount_minor, tax_minor, total_minor, tax_class, tax_name, tax_rate_ppm)
SELECT bench.past_id(3, n), id, 0, bench.synthetic_id(4, v * 4), bench.synthetic_id(1, v), 'SYN-0000007-0',
       'Porcelain vase Alba 7', 'Small', repeat('5f1b0e1f3a0c4d5e', 4), 1, 2400, 2017, 0, 383, 2400, 'standard', 'VAT', 190000
  FROM past ORDER BY n;
INSERT INTO orders.order_shipping_lines (order_id, position, shipping_option_id, title, net_minor, tax_minor, total_minor,
       tax_name, tax_rate_ppm, deliver_from, deliver_to)
SELECT id, 0, bench.synthetic_id(9, 1), 'Standard parcel', 412, 78, 490, 'VAT', 190000, at::date + 3, at::date + 5
  FROM past ORDER BY n;
INSERT INTO orders.order_contacts (order_id, email, phone, shipping_address, billing_address, access_token)
SELECT id, 'anna' || n || '@example.com', '', address, address, id::text
  FROM past, (VALUES ('{"name":"Anna Schmidt","company":"","line1":"Hauptstr. 1","line2":"","postal_code":"10115","city":"Berlin","province":"","country":"DE","phone":""}')) AS one (address)
 ORDER BY n;
INSERT INTO orders.order_transitions (order_id, at, from_status, to_status, actor, reason)
SELECT id, at + interval '1 minute', 'pending', 'placed', 'system', 'paid' FROM past ORDER BY n;
INSERT INTO payments.payments (id, payable_id, provider, method, status, currency, amount_minor, authorized_minor,
       provider_payment_id, created_at, updated_at)
SELECT payment_id, id, 'manual', 'transfer', 'authorized', 'EUR', 2890, 2890,
       'manual-' || replace(payment_id::text, '-', ''), at, at + interval '1 minute'
  FROM past ORDER BY n;
INSERT INTO payments.payment_transactions (id, payment_id, kind, amount_minor, currency, provider_reference, at)
SELECT bench.past_id(6, n), payment_id, 'authorization', 2890, 'EUR', 'manual-' || replace(payment_id::text, '-', ''),
       at + interval '1 minute'
  FROM past ORDER BY n;
INSERT INTO inventory.stock_movements (variant_id, location_id, kind, committed_delta, holder_id, reason, at)
SELECT bench.synthetic_id(4, v * 4), :'location'::uuid, 'committed', 1, id, 'order', at FROM past ORDER BY n;
UPDATE inventory.stock_levels level
   SET committed = level.committed + added.units
  FROM (SELECT bench.synthetic_id(4, v * 4) AS variant_id, count(*)::integer AS units FROM past GROUP BY v) AS added
 WHERE level.variant_id = added.variant_id AND level.location_id = :'location'::uuid;
-- Delivered events of the last month; older ones are trimmed.
INSERT INTO platform.outbox_events (id, topic, aggregate_id, payload, created_at, next_attempt_at, attempts, delivered_at)
SELECT bench.past_id(5, n), 'order.submitted', id, jsonb_build_object('order_id', id), at, at, 1, at + interval '1 minute'
  FROM past WHERE at > now() - interval '30 days' ORDER BY n;
COMMIT;
