# A shop of its own for a bench, and the table of figures. Sourced by bench/run.sh.

processes=()
folders=()
figures=()
seconds=${OSIER_BENCH_SECONDS:-6}
rounds=${OSIER_BENCH_ROUNDS:-3}
products=${OSIER_BENCH_PRODUCTS:-100000}
events=${OSIER_BENCH_EVENTS:-100000}
growth_parts=${OSIER_BENCH_GROWTH:-clients processes products orders}
orders_max=${OSIER_BENCH_ORDERS:-5000000}
race_limit=${OSIER_BENCH_RACE_SECONDS:-180}
# Osier refuses settings that it does not know, and the benches' shops are no one's own.
unset "${!OSIER_@}"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf 'bench: %s\n' "$*" >&2; exit 1; }

# Ends what was started here, the youngest first.
stop_processes() {
  local i
  for ((i = ${#processes[@]} - 1; i >= 0; i--)); do
    kill "${processes[i]}" 2>/dev/null || true
    wait "${processes[i]}" 2>/dev/null || true
  done
  processes=()
}

# The same, and removes its folders.
clean_up() {
  stop_processes
  [ ${#folders[@]} = 0 ] || rm -rf "${folders[@]}"
  folders=()
}

free_port() {
  local port
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 12000))
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "no port is free"
}

new_folder() {  # NAME of the variable that gets its path.
  local folder
  folder=$(mktemp -d)
  chmod 755 "$folder"
  folders+=("$folder")
  printf -v "$1" %s "$folder"
}

# open_shop PRODUCTS [ROLES]: the demo shop's frame and so many synthetic products, served from a folder of its own.
# Sets data, port, ops_port, shop_pid, database (a libpq connection string) and seed_seconds.
open_shop() {
  new_folder data
  port=$(free_port)
  ops_port=$(free_port)
  export OSIER_DATA=$data OSIER_PORT=$port OSIER_OPS_PORT=$ops_port OSIER_LOG_LEVEL=warning
  local start=$EPOCHREALTIME
  "$osier" seed --products "$1" >"$data/seed.log" 2>&1 || { cat "$data/seed.log" >&2; fail "the shop could not be seeded"; }
  seed_seconds=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
  serve "${2:-web,api,worker}"
}

serve() {  # ROLES
  OSIER_ROLES=$1 "$osier" serve >"$data/serve.log" 2>&1 &
  shop_pid=$!
  processes+=("$shop_pid")
  for _ in $(seq 600); do
    [ -e "$data/endpoints.json" ] && break
    kill -0 "$shop_pid" 2>/dev/null || { cat "$data/serve.log" >&2; fail "the shop did not start"; }
    sleep 0.1
  done
  database=$(sed -n 's/.*"postgres":"\([^"]*\)".*/\1/p' "$data/endpoints.json")
  [ -n "$database" ] || fail "the shop did not say where its database is"
}

close_shop() {
  kill "$shop_pid" 2>/dev/null || true
  wait "$shop_pid" 2>/dev/null || true
}

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" "$@"; }

# The value behind a name in a line of names and numbers.
field() { awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) { print $(i + 1); exit } }'; }
median() { sort -g | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }
largest() { sort -g | tail -1; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b == 0 ? 0 : a / b }'; }
thousandth() { awk -v a="$1" 'BEGIN { printf "%.1f", a / 1000 }'; }

# figure WHAT MEASURED [AGAINST] [RATIO] [HOLD, such as ">= 0.8"]: one row of the table. The hold is of the ratio, or of
# the first number measured if there is no ratio.
figure() {
  local verdict=
  if [ -n "${5:-}" ]; then
    verdict=$(awk -v value="${4:-$2}" -v hold="$5" 'BEGIN {
      split(hold, part, " ")
      print (part[1] == ">=" ? value + 0 >= part[2] + 0 : value + 0 <= part[2] + 0) ? "held" : "missed" }')
  fi
  figures+=("$1|$2|${3:-}|${4:-}|${5:-}|$verdict")
  say "$1: $2${3:+ against $3}${4:+, ratio $4}${verdict:+ ($verdict)}"
}

# How long the stages of placing or settling took, from the shop's own histograms.
#   mark_stages                    counts from here
#   stage_ms WORK STAGE QUANTILE   milliseconds since the mark, by straight lines within the buckets
#   stage_rows WORK WHAT           a row of the table for each stage
read_stages() { curl -sf "http://127.0.0.1:$ops_port/metrics" | sed -n 's/^osier_order_stage_seconds_bucket{\(.*\)} \(.*\)$/\1 \2/p'; }
mark_stages() { read_stages >"$data/stages.txt"; }
stage_ms() {
  read_stages | awk -v work="work=\"$1\"" -v stage="stage=\"$2\"" -v quantile="$3" '
    index($1, work) == 0 || index($1, stage) == 0 { next }
    { bound = $1; sub(/.*le="/, "", bound); sub(/".*/, "", bound) }
    FNR == NR { before[bound] = $2; next }
    { bounds[++n] = bound; count[n] = $2 - before[bound] }
    END {
      wanted = quantile * count[n]
      for (i = 1; i <= n && count[i] < wanted; ++i) { }
      low = i > 1 ? bounds[i - 1] : 0
      inside = count[i] - (i > 1 ? count[i - 1] : 0)
      if (bounds[i] == "+Inf" || inside == 0) { printf "%.1f", low * 1000; exit }
      printf "%.2f", (low + (bounds[i] - low) * (wanted - (i > 1 ? count[i - 1] : 0)) / inside) * 1000
    }' "$data/stages.txt" -
}
stage_rows() {
  local stage
  for stage in $([ "$1" = place ] && echo queue lock decide commit || echo lock book commit); do
    figure "$2, stage $stage, p50 and p99 in ms" "$(stage_ms "$1" "$stage" 0.5) and $(stage_ms "$1" "$stage" 0.99)"
  done
}

print_table() {
  printf '\n| what | measured | against | ratio | hold | |\n| --- | --- | --- | --- | --- | --- |\n'
  printf '%s\n' "${figures[@]}" | sed 's/|/ | /g; s/^/| /; s/$/ |/'
}

print_machine() {
  printf '\n%s cores of %s, %s MiB of memory, Linux %s, %s, %s\n' "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)" "$(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
    "$(uname -r | cut -d- -f1)" "$(/usr/lib/postgresql/15/bin/postgres --version | sed 's/ (.*) / /; s/ (.*//')" \
    "$(PATH=$PATH:/usr/sbin nginx -v 2>&1 | sed 's/.*: //')"
}
