#!/usr/bin/env bash
# A cached public page against nginx serving the same bytes from disk, in turns, in one run.
#
#   bench/page.sh SERVER_BINARY        the HTTP server alone, by http_bench_server
#   bench/page.sh --url URL            a running shop's page (its own bytes are given to nginx, too)
#
# Prints requests per second, p50 and p99 of each, and the two ratios to hold: requests >= 0.9, p99 <= 2.
# Loopback only; ends by itself. OSIER_BENCH_SECONDS (10), OSIER_BENCH_ROUNDS (3) and OSIER_BENCH_CONNECTIONS (64).
set -euo pipefail

seconds=${OSIER_BENCH_SECONDS:-10}
rounds=${OSIER_BENCH_ROUNDS:-3}
connections=${OSIER_BENCH_CONNECTIONS:-64}
folder=$(mktemp -d)
nginx_port=$((20000 + RANDOM % 10000))
own_port=$((nginx_port + 1))
pids=()

clean_up() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

wait_for() {  # Until URL answers, at most five seconds.
  for _ in $(seq 50); do
    curl -fs -o /dev/null "$1" && return
    sleep 0.1
  done
  echo "page.sh: $1 does not answer" >&2
  exit 1
}

mkdir "$folder/www"
if [ "${1:-}" = --url ]; then
  own_url=$2
  curl -fsS -o "$folder/www/page.html" "$own_url"
else
  server=${1:?usage: bench/page.sh SERVER_BINARY | --url URL}
  head -c 15360 /dev/urandom | base64 -w 0 | head -c 20480 >"$folder/www/page.html"
  "$server" "$own_port" "$folder/www/page.html" "$(nproc)" &
  pids+=($!)
  own_url=http://127.0.0.1:$own_port/page.html
fi

# As a careful administrator would set it up: no access log, sendfile, open files cached.
cat >"$folder/nginx.conf" <<CONF
worker_processes auto;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100 inactive=60s;
  types { text/html html; }
  client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
  server { listen 127.0.0.1:$nginx_port; root $folder/www; }
}
CONF
chmod -R a+rX "$folder"
PATH=$PATH:/usr/sbin nginx -c "$folder/nginx.conf" -e "$folder/error.log" -g 'daemon off;' &
pids+=($!)
nginx_url=http://127.0.0.1:$nginx_port/page.html
wait_for "$nginx_url"
wait_for "$own_url"

measure() {  # NAME URL: one line "rate p50 p99" with times in microseconds.
  wrk -t1 -c"$connections" -d"${seconds}s" --latency "$2" >"$folder/wrk.txt"
  if grep -q 'Non-2xx\|Socket errors' "$folder/wrk.txt"; then
    cat "$folder/wrk.txt" >&2
    exit 1
  fi
  awk -v name="$1" '
    function micros(text) { return text ~ /us$/ ? text + 0 : text ~ /ms$/ ? text * 1000 : text * 1000000 }
    /^ *50%/ { p50 = micros($2) } /^ *99%/ { p99 = micros($2) } /^Requests\/sec/ { rate = $2 }
    END { printf "%s %d %d %d\n", name, rate, p50, p99 }' "$folder/wrk.txt"
}

for _ in $(seq "$rounds"); do
  measure nginx "$nginx_url"
  measure osier "$own_url"
done >"$folder/results.txt"

printf 'page of %s bytes, %s connections, %s rounds of %s s\n' \
  "$(stat -c %s "$folder/www/page.html")" "$connections" "$rounds" "$seconds"
awk '
  { printf "  %s  %7d requests/s   p50 %6d us   p99 %6d us\n", $1, $2, $3, $4
    rate[$1] += $2; p99[$1] += $4 }
  END {
    printf "ratio of requests %.2f (hold >= 0.9)   ratio of p99 %.2f (hold <= 2)\n", \
      rate["osier"] / rate["nginx"], p99["osier"] / p99["nginx"] }' "$folder/results.txt"
