-- One order per transaction, as fast as it can be told: a single pipeline that leaves the refusal to the constraint
-- never_oversold and touches the stock row last, so that its lock is held for little more than the commit.
\set r random(0, 1152921504606846975)
\set v random(:first, :last)
\startpipeline
BEGIN;
INSERT INTO orders.orders (id, market_code, region, locale, channel, currency, prices_include_tax, status, payment_status, fulfilment_status, return_status, items_minor, shipping_minor, discount_minor, tax_minor, total_minor, cart_id, cart_version, idempotency_key, access_token_hash, created_at, expires_at) VALUES (bench.id(1, :r), 'eu', 'eu', 'en', 'store_api', 'EUR', true, 'pending', 'unpaid', 'unfulfilled', 'none', 2017, 412, 0, 461, 2890, bench.id(2, :r), 3, 'cart:' || bench.id(2, :r) || ':3', bench.access_key(now(), bench.id(1, :r)), now(), now() + interval '30 minutes') RETURNING id, number;
INSERT INTO orders.order_lines (id, order_id, position, variant_id, product_id, sku, title, variant_title, image_hash, quantity, unit_price_minor, net_minor, discount_minor, tax_minor, total_minor, tax_class, tax_name, tax_rate_ppm) VALUES (bench.id(3, :r), bench.id(1, :r), 0, bench.synthetic_id(4, :v * 4), bench.synthetic_id(1, :v), 'SYN-0000007-0', 'Porcelain vase Alba 7', 'Small', '5f1b0e1f3a0c4d5e6f708192a3b4c5d65f1b0e1f3a0c4d5e6f708192a3b4c5d6', 1, 2400, 2017, 0, 383, 2400, 'standard', 'VAT', 190000);
INSERT INTO orders.order_shipping_lines (order_id, position, shipping_option_id, title, net_minor, tax_minor, total_minor, tax_name, tax_rate_ppm, deliver_from, deliver_to) VALUES (bench.id(1, :r), 0, bench.synthetic_id(9, 1), 'Standard parcel', 412, 78, 490, 'VAT', 190000, '2026-11-25', '2026-11-27');
INSERT INTO orders.order_contacts (order_id, email, phone, shipping_address, billing_address, access_token) VALUES (bench.id(1, :r), 'anna@example.com', '', '{"name":"Anna Schmidt","company":"","line1":"Hauptstr. 1","line2":"","postal_code":"10115","city":"Berlin","province":"","country":"DE","phone":""}', '{"name":"Anna Schmidt","company":"","line1":"Hauptstr. 1","line2":"","postal_code":"10115","city":"Berlin","province":"","country":"DE","phone":""}', bench.id(1, :r)::text);
INSERT INTO payments.payments (id, payable_id, provider, method, status, currency, amount_minor) VALUES (bench.id(4, :r), bench.id(1, :r), 'manual', 'transfer', 'created', 'EUR', 2890);
INSERT INTO platform.outbox_events (id, topic, aggregate_id, payload) VALUES (bench.id(5, :r), 'order.submitted', bench.id(1, :r), '{"order_id": "0"}');
UPDATE inventory.stock_levels SET committed = committed + 1 WHERE variant_id = bench.synthetic_id(4, :v * 4);
INSERT INTO inventory.stock_movements (variant_id, location_id, kind, committed_delta, holder_id, reason) VALUES (bench.synthetic_id(4, :v * 4), :location::uuid, 'committed', 1, bench.id(1, :r), 'order');
COMMIT;
\endpipeline
