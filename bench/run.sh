#!/usr/bin/env bash
# Measures Osier against nginx and pgbench on this machine; prints a table with ratios. Called by ./dev bench.
#
#   bench/run.sh BUILD [page|orders|checkouts|catalogue|memory|start|webhooks …]     all of these, if none is named
#   bench/run.sh BUILD overload|growth|peers     run only when they are named; growth and peers take long
#
# Everything listens on 127.0.0.1 or a Unix socket and lives in folders of its own, which are removed at the end.
# OSIER_BENCH_SECONDS (6) per measurement, OSIER_BENCH_ROUNDS (3) of each pair, OSIER_BENCH_PRODUCTS (100000).
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=${1:?usage: bench/run.sh BUILD [NAME…]}
shift
osier=$build/src/app/osier
clients=$build/bench
. "$here/lib.sh"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

names=("$@")
[ ${#names[@]} -gt 0 ] || names=(memory start page orders checkouts webhooks catalogue)
for name in "${names[@]}"; do
  [ -e "$here/benches/$name.sh" ] || fail "there is no bench '$name'; there are: $(cd "$here/benches" && echo *.sh | sed 's/\.sh//g')"
done
for name in "${names[@]}"; do
  say "$name"
  . "$here/benches/$name.sh"
  clean_up
done
print_table
print_machine
