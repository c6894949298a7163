# Five times more shoppers than the shop can serve: what it still sells, and how soon it is itself again. Webhooks are
# unsigned here, and count as served when they are looked at (400); there is no provider to ask.
export OSIER_STRIPE_SECRET_KEY=sk_test_nobody OSIER_STRIPE_WEBHOOK_SECRET=whsec_nobody OSIER_STRIPE_API_BASE=http://127.0.0.1:9
open_shop 2000
sql -f "$here/orders/prepare.sql" >/dev/null
sleep 1
"$clients/overload_client" --port "$port" --seconds "$((seconds * 2))" --connections 4000 >"$data/overload.txt"
cat "$data/overload.txt" >&2
line=$(grep ^overload "$data/overload.txt")
figure "whole checkouts per s at 5 × the load, against those at the peak" "$(field overload <<<"$line")" \
  "$(field peak <"$data/overload.txt")" "$(divide "$(field share <<<"$line")" 100)" ">= 0.9"
figure "steps of paying that were served at 5 × the load, in %" "$(field pay_ok <<<"$line")" "" "" ">= 99"
figure "webhooks that were served at 5 × the load, in %" "$(field webhooks_ok <<<"$line")" "" "" ">= 99"
recovered=$(grep ^after "$data/overload.txt" | field recovered_s)
figure "seconds until 0.9 of the peak after it" "$recovered" "" "" "<= 5"
[ "$recovered" -gt 0 ] || fail "the shop did not recover"
"$osier" verify >&2 || fail "an invariant does not hold after the overload"
unset OSIER_STRIPE_SECRET_KEY OSIER_STRIPE_WEBHOOK_SECRET OSIER_STRIPE_API_BASE
