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
  trap '' INT TERM
  [ -n "$shop" ] && kill -TERM "$shop" 2>/dev/null || true
  [ -n "$shop" ] && wait "$shop" 2>/dev/null || true
  [ -n "$simulator" ] && kill -TERM "$simulator" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM

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
fi

"$build/src/app/osier" serve --seed-demo &
shop=$!
status=0
wait "$shop" || status=$?
shop=
stop
exit "$status"
