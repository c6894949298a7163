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

measure() {  # NAME VARIANTS FIRST LAST HOLD
  local script count best=0 best_how= rate round own=() api=() against=() detail
  for script in two_trips one_trip; do
    for count in 8 16 32 64; do
      rate=$(pgbench_rate "$script" "$count" "$3" "$4")
      echo "    pgbench $1 $script, $count clients: $rate/s" >&2
      [ "$rate" -le "$best" ] || { best=$rate; best_how="$script $count"; }
    done
  done
  for ((round = 0; round < rounds; round++)); do
    against+=("$(pgbench_rate "${best_how% *}" "${best_how#* }" "$3" "$4")")
    detail=$(intake "$2")
    echo "    pgbench ${against[-1]}/s; intake: $detail" >&2
    own+=("$(field rate <<<"$detail")")
    detail=$(store_api "$2")
    echo "    store API: $detail" >&2
    api+=("$(field rate <<<"$detail")")
  done
  local reference
  reference=$(printf '%s\n' "${against[@]}" | median)
  figure "orders placed, $1, OrderIntake in process, per s" "$(printf '%s\n' "${own[@]}" | median)" \
    "pgbench $reference (${best_how/ /, } clients)" "$(divide "$(printf '%s\n' "${own[@]}" | median)" "$reference")" "$5"
  figure "orders placed, $1, through the store API, per s" "$(printf '%s\n' "${api[@]}" | median)" "pgbench $reference" \
    "$(divide "$(printf '%s\n' "${api[@]}" | median)" "$reference")" "$5"
}
measure "one hot variant" 1 7 7 ">= 5"
measure "2,000 variants" 2000 0 1999 ">= 1"
"$osier" verify >"$own_data/verify.txt" || { head -5 "$own_data/verify.txt" >&2; fail "an invariant does not hold after the orders"; }
