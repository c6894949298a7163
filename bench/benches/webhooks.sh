# A flood of webhooks: signed events about real pending orders, 30 % of them repeats, in random order, until each order
# is placed. The provider is the payment simulator, which the shop asks about each payment. OSIER_BENCH_EVENTS: how many.
repeats=0.3
orders=$(awk -v events="$events" -v repeats="$repeats" 'BEGIN { printf "%d", events * (1 - repeats) }')
simulator_port=$(free_port)
"$build/tools/payment_simulator/payment_simulator" --port "$simulator_port" --secret-key sk_test_bench >/dev/null &
processes+=($!)
export OSIER_STRIPE_API_BASE=http://127.0.0.1:$simulator_port OSIER_STRIPE_SECRET_KEY=sk_test_bench
export OSIER_STRIPE_WEBHOOK_SECRET=whsec_bench OSIER_HOLD_MINUTES=60
open_shop 2000
sql -f "$here/orders/prepare.sql" >/dev/null
new_folder own_data

# Orders by the intake; their payments paid at the simulator without telling anybody.
"$clients/orders_bench" --connection "$database" --data "$own_data/shop" --buyers 1024 --seconds 180 --orders "$orders" \
  --provider stripe >&2
sql -F ' ' -c "SELECT id, amount_minor, currency FROM payments.payments WHERE provider = 'stripe'" |
  "$clients/webhook_client" pay --port "$simulator_port" --key sk_test_bench --clients 16 >"$own_data/intents.txt"
[ "$(wc -l <"$own_data/intents.txt")" = "$orders" ] || fail "the orders to be paid are not $orders"
# The next poll is far away: the webhooks alone bring the news.
sql >/dev/null <<SQL
CREATE TEMP TABLE paid (payment_id uuid, intent_id text);
\\copy paid FROM '$own_data/intents.txt' WITH (DELIMITER ' ')
UPDATE payments.payments payment
   SET provider_payment_id = paid.intent_id, status = 'requires_action', next_poll_at = now() + interval '1 hour'
  FROM paid WHERE paid.payment_id = payment.id;
SQL
sql -c "VACUUM ANALYZE payments.payments" -c "ANALYZE orders.orders" -c CHECKPOINT

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }
waiting() { sql -c "SELECT count(*) FROM (SELECT 1 FROM orders.orders WHERE status = 'pending' LIMIT 1) AS one"; }
mark_stages
begin=$EPOCHREALTIME
cut -d ' ' -f 2 "$own_data/intents.txt" |
  "$clients/webhook_client" storm --port "$port" --key whsec_bench --clients 64 --repeats "$repeats" >"$own_data/storm.txt"
acknowledged=$(seconds_since "$begin")
for _ in $(seq 600); do
  [ "$(waiting)" = 0 ] && break
  sleep 0.5
done
booked=$(seconds_since "$begin")
echo "    $(cat "$own_data/storm.txt")" >&2
[ "$(field failed <"$own_data/storm.txt")" = 0 ] || echo "    some had to be sent again" >&2
[ "$(sql -c "SELECT count(*) FROM orders.orders WHERE status = 'placed'")" = "$orders" ] || fail "not every order was placed"
[ "$(sql -c "SELECT count(*) FROM payments.payment_transactions WHERE kind = 'capture'")" = "$orders" ] ||
  fail "not every payment was booked once"
figure "$events webhooks, 30 % repeats, shuffled: acknowledged after, s" "$acknowledged"
figure "$events webhooks: one answered, p50 and p99 in ms" \
  "$(thousandth "$(field p50_us <"$own_data/storm.txt")") and $(thousandth "$(field p99_us <"$own_data/storm.txt")")"
hold="<= 60"
[ "$events" = 100000 ] || hold=
figure "$events webhooks: their $orders orders placed after, s" "$booked" "" "" "$hold"
stage_rows settle "booking $events webhooks"
"$osier" verify >&2 || fail "an invariant does not hold after the webhooks"
unset OSIER_STRIPE_API_BASE OSIER_STRIPE_SECRET_KEY OSIER_STRIPE_WEBHOOK_SECRET OSIER_HOLD_MINUTES
