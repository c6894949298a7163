# Whole checkouts through the store API: create cart, add line, address, shipping options, shipping method, payment
# collection, payment session, complete. Everything runs: workers, mails, outbox.
open_shop 2000
sql -f "$here/orders/prepare.sql" >/dev/null
sleep 1
for count in 1 32 128; do
  line=$("$clients/store_client" checkouts --port "$port" --clients "$count" --seconds "$seconds")
  echo "    $count clients: $line" >&2
  [ "$(field failed <<<"$line")" = 0 ] || fail "some checkouts failed"
  figure "whole checkouts of 8 calls per s, $count clients" "$(field rate <<<"$line")"
  figure "one whole checkout, $count clients, p50 and p99 in ms" \
    "$(thousandth "$(field p50_us <<<"$line")") and $(thousandth "$(field p99_us <<<"$line")")"
done
line=$("$clients/store_client" carts --port "$port" --clients 64 --seconds "$seconds")
figure "changes of carts per s, 64 clients" "$(field rate <<<"$line")"
"$osier" verify >&2 || fail "an invariant does not hold after the checkouts"
