# Placing orders, against pgbench that places one order per transaction in the same tables with the same durability.
# No worker runs beside the measurements in process, as none runs beside pgbench.
open_shop 2000 web,api
sql -f "$here/orders/prepare.sql" >/dev/null
"$osier" stock --sku SYN-0000007-0 --set 100000000 --reason bench >/dev/null
location=$(sql -c "SELECT location_id FROM inventory.stock_levels WHERE variant_id = bench.synthetic_id(4, 28)")
durability=$(sql -c "SELECT current_setting('fsync') || ' ' || current_setting('synchronous_commit')")
[ "$durability" = "on on" ] || fail "fsync and synchronous_commit must be on, but are $durability"
new_folder own_data

# pgbench_rate SCRIPT CLIENTS FIRST LAST: orders per second.
pgbench_rate() {
  pgbench -n -M prepared -c "$2" -j 1 -T "$seconds" -f "$here/orders/$1.sql" -D "location=$location" -D "first=$3" \
    -D "last=$4" "$database" >"$own_data/pgbench.txt" 2>&1 || { cat "$own_data/pgbench.txt" >&2; fail "pgbench failed"; }
  sed -n 's/^tps = \([0-9]*\).*/\1/p' "$own_data/pgbench.txt"
}
intake() {  # VARIANTS
  "$clients/orders_bench" --connection "$database" --data "$own_data/shop" --buyers 1024 --seconds "$seconds" --variants "$1"
}
store_api() {  # VARIANTS
  "$clients/store_client" orders --port "$port" --clients 128 --count $((seconds * 2500)) --variants "$1"
}

sweep() {  # NAME SCRIPT FIRST LAST: sets best_clients.
  local count rate best=0
  for count in 8 16 32 64; do
    rate=$(pgbench_rate "$2" "$count" "$3" "$4")
    echo "    pgbench $1 $2, $count clients: $rate/s" >&2
    [ "$rate" -le "$best" ] || { best=$rate; best_clients=$count; }
  done
}
middle() { printf '%s\n' "$@" | median; }

measure() {  # NAME VARIANTS FIRST LAST HOLD
  local careful_clients fast_clients round detail careful=() fast=() own=() api=()
  sweep "$1" two_trips "$3" "$4"
  careful_clients=$best_clients
  sweep "$1" one_trip "$3" "$4"
  fast_clients=$best_clients
  for ((round = 0; round < rounds; round++)); do
    careful+=("$(pgbench_rate two_trips "$careful_clients" "$3" "$4")")
    fast+=("$(pgbench_rate one_trip "$fast_clients" "$3" "$4")")
    detail=$(intake "$2")
    echo "    pgbench ${careful[-1]}/s and ${fast[-1]}/s; intake: $detail" >&2
    own+=("$(field rate <<<"$detail")")
    detail=$(store_api "$2")
    echo "    store API: $detail" >&2
    api+=("$(field rate <<<"$detail")")
  done
  local rate how
  for how in "OrderIntake in process:$(middle "${own[@]}")" "through the store API:$(middle "${api[@]}")"; do
    rate=${how##*:}
    figure "orders placed, $1, ${how%:*}, per s" "$rate" "pgbench that locks and looks $(middle "${careful[@]}") ($careful_clients clients)" \
      "$(divide "$rate" "$(middle "${careful[@]}")")" "$5"
    figure "the same" "$rate" "pgbench in one pipeline $(middle "${fast[@]}") ($fast_clients clients)" \
      "$(divide "$rate" "$(middle "${fast[@]}")")" "$5"
  done
}
measure "one hot variant" 1 7 7 ">= 10"
measure "2,000 variants" 2000 0 1999 ">= 2"

# How long each stage takes: all that the shop can do, and half of it, at which orders come evenly however long they take.
mark_stages
top=$(store_api 2000 | field rate)
stage_rows place "placing through the store API, 128 clients"
half=$(divide "$top" 2)
mark_stages
paced=$("$clients/store_client" paced --port "$port" --clients 128 --pause 12 --count "$(awk -v r="$half" -v s="$seconds" 'BEGIN { printf "%d", r * s }')" \
  --rate "$half" --variants 2000)
echo "    half load: $paced" >&2
[ "$(field failed <<<"$paced")" = 0 ] || fail "orders were turned away at half load"
stage_rows place "placing at half load, $half orders/s"
commit=$(stage_ms place commit 0.5)
p99=$(thousandth "$(field p99_us <<<"$paced")")
figure "placing at half load, p99 in ms" "$p99" "commit of a batch, p50, $commit" "$(divide "$p99" "$commit")" "<= 3"
"$osier" verify >"$own_data/verify.txt" || { head -5 "$own_data/verify.txt" >&2; fail "an invariant does not hold after the orders"; }
