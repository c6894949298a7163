# Whole checkouts and a race for the last units, against Medusa and Vendure on the same machine, by the same client. They
# are installed from npm (versions in bench/peers), run in production mode as one process each, and have a PostgreSQL of
# their own with Debian's settings. Each shop runs alone, one after the other. The race is ended after
# OSIER_BENCH_RACE_SECONDS (180), whatever is unfinished.
. "$here/peers/server.sh"
command -v npm >/dev/null || fail "the peers are installed by npm: sudo apt-get install npm"
peer_seconds=$((seconds * 10))
buyers=16

# measure_shop NAME PID RACE_PRODUCT CLIENT_OPTION…: sets checkout_rate; adds figures.
measure_shop() {
  local name=$1 pid=$2 race_product=$3 line idle
  shift 3
  sleep 5
  idle=$(mebibytes_of "$pid" VmRSS)
  "$clients/store_client" checkouts --clients 1 --seconds 3 --variants 60 "$@" >/dev/null  # What is compiled at first use.
  line=$("$clients/store_client" checkouts --clients "$buyers" --seconds "$shop_seconds" --variants 60 "$@")
  echo "    $name: $line" >&2
  checkout_rate=$(field rate <<<"$line")
  figure "$name: whole checkouts per s, $buyers clients" "$checkout_rate"
  figure "$name: one whole checkout, $buyers clients, p50 and p99 in ms" \
    "$(thousandth "$(field p50_us <<<"$line")") and $(thousandth "$(field p99_us <<<"$line")")"
  [ "$(field failed <<<"$line")" = 0 ] || figure "$name: checkouts that failed, of $(field count <<<"$line") others" "$(field failed <<<"$line")"
  figure "$name: memory idle and under load, MiB" "$idle and $(mebibytes_of "$pid" VmHWM)"
  line=$("$clients/store_client" race --clients 200 --seconds "$race_limit" --only "$race_product" "$@")
  echo "    $name: $line" >&2
  local sold
  sold=$(field sold <<<"$line")
  figure "$name: 200 buyers of 50 units: sold, oversold, refused, errors, unfinished" \
    "$sold, $((sold > 50 ? sold - 50 : 0)), $(field refused <<<"$line"), $(field errors <<<"$line"), $(field unfinished <<<"$line")"
  figure "$name: the race lasted, s" "$(field seconds <<<"$line")"
}

open_shop 1000
sql -f "$here/orders/prepare.sql" >/dev/null
"$osier" stock --sku SYN-0000060-0 --set 50 --reason bench >/dev/null
shop_seconds=$seconds
measure_shop Osier "$shop_pid" 60 --port "$port"
osier_rate=$checkout_rate
"$osier" verify >&2 || fail "an invariant does not hold after the race"
close_shop

shop_seconds=$peer_seconds
start_peer_postgres
install_peer vendure
say "vendure: seeding"
(cd "$peers/vendure" && PORT=$(free_port) BENCH_SEED=yes DATABASE_URL=$(peer_url vendure) timeout 240 node seed.js) \
  >"$data/vendure_seed.log" 2>&1 || { tail -20 "$data/vendure_seed.log" >&2; fail "vendure could not be seeded"; }
start_peer vendure /health node server.js
measure_shop Vendure "$peer_pid" 60 --port "$peer_port" --api vendure
vendure_rate=$checkout_rate
kill "$peer_pid"
wait "$peer_pid" 2>/dev/null || true

install_peer medusa
say "medusa: migrating and seeding"
(cd "$peers/medusa" && export DATABASE_URL=$(peer_url medusa) MEDUSA_DISABLE_TELEMETRY=true && timeout 400 node node_modules/@medusajs/cli/cli.js db:migrate &&
  timeout 240 node node_modules/@medusajs/cli/cli.js exec ./seed.js) >"$data/medusa_seed.log" 2>&1 ||
  { tail -20 "$data/medusa_seed.log" >&2; fail "medusa could not be seeded"; }
publishable_key=$(sed -n 's/^publishable_key //p' "$data/medusa_seed.log")
start_peer medusa /health node node_modules/@medusajs/cli/cli.js start
measure_shop Medusa "$peer_pid" 60 --port "$peer_port" --header "x-publishable-api-key: $publishable_key"
medusa_rate=$checkout_rate
kill "$peer_pid"
wait "$peer_pid" 2>/dev/null || true

figure "Osier's whole checkouts per s, $buyers clients" "$osier_rate" "Medusa $medusa_rate" "$(divide "$osier_rate" "$medusa_rate")" ">= 1000"
figure "the same" "$osier_rate" "Vendure $vendure_rate" "$(divide "$osier_rate" "$vendure_rate")" ">= 250"
