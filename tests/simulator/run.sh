#!/usr/bin/env bash
# Runs the simulator's tests with the official client: tests/simulator/run.sh PAYMENT_SIMULATOR_BINARY
set -euo pipefail
export PAYMENT_SIMULATOR=${1:?usage: tests/simulator/run.sh PAYMENT_SIMULATOR_BINARY}
cd "$(dirname "$(readlink -f "$0")")"
[ -d ../node_modules/stripe ] || npm ci --prefix .. --silent
exec timeout 120 node --test simulator.test.mjs
