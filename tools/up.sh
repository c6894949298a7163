#!/usr/bin/env bash
# Runs the shop from a build folder, with the payment simulator beside it unless a Stripe key is set. Called by ./dev up.
set -euo pipefail
build=$1
export OSIER_PORT=${OSIER_PORT:-8080}
export OSIER_DATA=${OSIER_DATA:-./var}
export OSIER_OPS_PORT=${OSIER_OPS_PORT:-$((OSIER_PORT + 1010))}
export OSIER_ENVIRONMENT=${OSIER_ENVIRONMENT:-development}
mkdir -p "$OSIER_DATA" || { echo "up: cannot make the data folder $OSIER_DATA; set OSIER_DATA to a folder you may write to" >&2; exit 1; }

simulator=
shop=
stop() {
  trap '' INT TERM HUP
  [ -n "$shop" ] && kill -TERM "$shop" 2>/dev/null || true
  [ -n "$shop" ] && wait "$shop" 2>/dev/null || true
  [ -n "$simulator" ] && kill -TERM "$simulator" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM
trap 'stop; exit 129' HUP

if [ -z "${OSIER_STRIPE_SECRET_KEY:-}${OSIER_STRIPE_SECRET_KEY_FILE:-}" ]; then
  simulator_port=${OSIER_SIMULATOR_PORT:-$((OSIER_PORT + 1))}
  export OSIER_STRIPE_SECRET_KEY=sk_test_simulator
  export OSIER_STRIPE_WEBHOOK_SECRET=whsec_simulator
  export OSIER_STRIPE_API_BASE=http://localhost:$simulator_port
  # The simulator ends with this script, however this script ends.
  setpriv --pdeathsig TERM "$build/tools/payment_simulator/payment_simulator" --port "$simulator_port" \
    --secret-key "$OSIER_STRIPE_SECRET_KEY" --webhook-secret "$OSIER_STRIPE_WEBHOOK_SECRET" \
    --webhook-url "http://localhost:$OSIER_PORT/webhooks/stripe" >"$OSIER_DATA/payment_simulator.log" 2>&1 &
  simulator=$!
  for _ in {1..50}; do
    grep -q 'listening on' "$OSIER_DATA/payment_simulator.log" && break
    kill -0 "$simulator" 2>/dev/null || {
      cat "$OSIER_DATA/payment_simulator.log" >&2
      echo "up: the payment simulator did not start; set OSIER_SIMULATOR_PORT to a free port" >&2
      exit 1
    }
    sleep 0.1
  done
fi

"$build/src/app/osier" serve --seed-demo &
shop=$!
status=0
wait "$shop" || status=$?
shop=
stop
exit "$status"
