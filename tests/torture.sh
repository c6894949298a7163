#!/usr/bin/env bash
# What takes long and breaks things on purpose. Called by ./dev torture.
#   tests/torture.sh BUILD [simulation] [--seeds 200] [--from 1] [--seed S] [--jobs 2] [--broken NAME]
#   tests/torture.sh BUILD [faults] [--kills 200] [--postgres-kills 50] [--power-cuts 20] [--failovers 10] [--stride 1]
# Without a name both run, each with the options that are its own; the status is 0 only if both went well.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
build=$(readlink -f "$1")
shift

part=all
case ${1:-} in
  simulation | faults)
    part=$1
    shift
    ;;
esac

of_simulation=()
of_faults=()
while [ $# -gt 0 ]; do
  case $1 in
    --verbose | --twice) of_simulation+=("$1") ;;
    --seeds | --from | --seed | --jobs | --broken)
      of_simulation+=("$1" "${2:?torture: $1 needs a value}")
      shift
      ;;
    --seeds=* | --from=* | --seed=* | --jobs=* | --broken=*) of_simulation+=("$1") ;;
    *) of_faults+=("$1") ;;
  esac
  shift
done
if [ "$part" = simulation ] && [ ${#of_faults[@]} -gt 0 ]; then
  echo "torture: the simulation knows no ${of_faults[0]}" >&2
  exit 2
fi
if [ "$part" = faults ] && [ ${#of_simulation[@]} -gt 0 ]; then
  echo "torture: the faults know no ${of_simulation[0]}" >&2
  exit 2
fi

status=0
if [ "$part" != faults ]; then
  "$build/tests/simulation/shop_simulation" ${of_simulation[@]+"${of_simulation[@]}"} || status=1
fi
if [ "$part" != simulation ]; then
  OSIER_TEST_BUILD=$build NODE_OPTIONS="--dns-result-order=ipv4first${NODE_OPTIONS:+ $NODE_OPTIONS}" \
    node tests/torture_faults.mjs ${of_faults[@]+"${of_faults[@]}"} || status=1
fi
exit $status
