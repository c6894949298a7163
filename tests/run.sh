#!/usr/bin/env bash
# Every test of a build folder: units and database by ctest, then the binary driven from outside by Node. Called by ./dev test.
#   tests/run.sh BUILD [NAME…]    NAME: units, lint, simulator, journeys, store_api, races, faults, or how a test file's name begins
# The last line is "N passed, N failed"; the status is 0 only if something ran and nothing failed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
build=$(readlink -f "$1")
shift
export OSIER_TEST_BUILD=$build
export PAYMENT_SIMULATOR=$build/tools/payment_simulator/payment_simulator
# Loopback is one address here, whatever the resolver lists first.
export NODE_OPTIONS="--dns-result-order=ipv4first${NODE_OPTIONS:+ $NODE_OPTIONS}"

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

say() { printf '\n\033[1m==>\033[0m %s\n' "$*"; }

wants() {  # wants GROUP [FILE]: whether one of the names given means it; all are meant if none is given.
  [ ${#names[@]} = 0 ] && return 0
  local name
  for name in "${names[@]}"; do
    [ "$1" = "$name" ] && return 0
    [[ ${2:+$(basename "$2")} == "$name"* ]] && return 0
  done
  return 1
}
names=("$@")

# Adds "N passed, N failed", the last line of the log; a run without one has died, and counts as a failure.
count() {
  local line
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -1 || true)
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
  else
    failed=$((failed + 1))
  fi
}

install_clients() {
  [ tests/node_modules/.package-lock.json -nt tests/package-lock.json ] && return
  say "installing the official clients"
  npm ci --prefix tests --ignore-scripts --no-audit --no-fund --loglevel=error
  touch tests/node_modules/.package-lock.json
}

run_lint() {
  say "lint"
  if tools/lint.sh; then echo "1 passed, 0 failed"; else echo "0 passed, 1 failed"; fi | tee "$log"
  count
}

run_units() {
  say "units and database"
  node tests/support/ctest.mjs "$build" | tee "$log" || true
  count
}

# run_node GROUP WIDTH: the group's test files, WIDTH at a time.
run_node() {
  local group=$1 width=$2 file files=()
  for file in tests/"$group"/*.test.mjs; do
    [ -e "$file" ] && wants "$group" "$file" && files+=("$file")
  done
  [ ${#files[@]} = 0 ] && return
  install_clients
  say "$group"
  timeout --kill-after=10 900 node tests/support/node_tests.mjs "$width" "${files[@]}" | tee "$log" || true
  count
}

began=$SECONDS
wants lint && run_lint
wants units && run_units
run_node simulator 2
run_node store_api 2
run_node journeys 2
run_node races 1
run_node faults 2

say "$((SECONDS - began)) s"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
