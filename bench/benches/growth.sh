# How placing orders keeps up with growth: clients, products, orders there already, processes. One thing grows at a time;
# the others stay at 128 clients, 2,000 products, no orders, one process. Prints the table and writes growth.svg.
# OSIER_BENCH_ORDERS: up to how many orders there are already (5,000,000); OSIER_BENCH_GROWTH: which parts.
new_folder growth
points=$growth/points.txt  # Lines: what number rate p50_ms p99_ms

# point WHAT NUMBER LINE: keeps and shows what store_client printed.
point() {
  local p50 p99
  p50=$(thousandth "$(field p50_us <<<"$3")")
  p99=$(thousandth "$(field p99_us <<<"$3")")
  echo "$1 $2 $(field rate <<<"$3") $p50 $p99" >>"$points"
  [ "$(field failed <<<"$3")" = 0 ] || echo "    $1 $2: $(field failed <<<"$3") were turned away" >&2
  figure "$2 ${1//_/ }: orders placed per s" "$(field rate <<<"$3")"
  figure "$2 ${1//_/ }: placing one, p50 and p99 in ms" "$p50 and $p99"
}
# place CLIENTS [PORT]: orders through the store API for about so many seconds.
place() {
  local count=$((seconds * 2500))
  [ "$1" -ge 16 ] || count=$((seconds * 150 * $1))
  "$clients/store_client" orders --port "${2:-$port}" --clients "$1" --count "$count" --variants 1000
}
prepare() {
  open_shop "$1" web,api
  sql -f "$here/orders/prepare.sql" >/dev/null
  location=$(sql -c "SELECT location_id FROM inventory.stock_levels WHERE variant_id = bench.synthetic_id(4, 28)")
  sleep 1
  place 32 >/dev/null  # Warm.
}

grow_clients() {
  local count
  prepare 2000
  for count in 1 2 4 8 16 32 64 128 256 512; do point clients "$count" "$(place "$count")"; done
  stop_processes
}

# Two and four processes on this database, each with its own clients.
grow_processes() {
  local number each other_port others=() runs
  prepare 2000
  for number in 1 2 4; do
    while [ $((${#others[@]} + 1)) -lt "$number" ]; do
      other_port=$(free_port)
      new_folder other_data
      OSIER_DATABASE_URL=$database OSIER_DATA=$other_data OSIER_ROOT_KEY_FILE=$data/keys/root.key \
        OSIER_PORT=$other_port OSIER_OPS_PORT=$(free_port) OSIER_ROLES=web,api \
        "$osier" serve >"$other_data/serve.log" 2>&1 &
      processes+=("$!")
      others+=("$other_port")
      for _ in $(seq 300); do [ -e "$other_data/endpoints.json" ] && break; sleep 0.1; done
      [ -e "$other_data/endpoints.json" ] || { cat "$other_data/serve.log" >&2; fail "a further process did not start"; }
    done
    runs=()
    for each in "$port" "${others[@]}"; do
      place $((128 / number)) "$each" >"$growth/run.$each.txt" &
      runs+=("$!")
    done
    wait "${runs[@]}"
    point processes "$number" "$(cat "$growth"/run.*.txt | awk '
      { for (i = 1; i < NF; i += 2) value[$i] = $(i + 1)
        rate += value["rate"]; failed += value["failed"]; count += value["count"]
        if (value["p50_us"] > p50) p50 = value["p50_us"]; if (value["p99_us"] > p99) p99 = value["p99_us"] }
      END { print "rate", rate, "p50_us", p50, "p99_us", p99, "count", count, "failed", failed }')"
    rm -f "$growth"/run.*.txt
  done
  "$osier" verify >&2 || fail "an invariant does not hold"
  stop_processes
}

grow_products() {
  local count
  for count in 1000 10000 100000; do
    prepare "$count"
    point products "$count" "$(place 128)"
    stop_processes
  done
}

grow_orders() {
  local count last there
  prepare 2000
  there=0
  for count in 0 10000 100000 500000 1000000 2000000 5000000; do
    [ "$count" -le "$orders_max" ] || break
    while [ "$there" -lt "$count" ]; do
      last=$((there + 250000 < count ? there + 250000 : count))
      sql -f "$here/growth/fill.sql" -v first=$((there + 1)) -v last="$last" -v location="$location" >/dev/null
      there=$last
    done
    sql -c "VACUUM ANALYZE" -c CHECKPOINT
    point orders_there_already "$count" "$(place 128)"
  done
  [ "$orders_max" -gt 500000 ] || "$osier" verify >&2 || fail "an invariant does not hold"
  stop_processes
}

for part in ${growth_parts}; do "grow_$part"; done
python3 "$here/growth/chart.py" <"$points" >"$here/growth.svg"
say "drawn: bench/growth.svg"
