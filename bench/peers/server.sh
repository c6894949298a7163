# A PostgreSQL for the peers, as Debian sets it up, and their installation. Sourced by benches/peers.sh.

peers=$build/../peers
programs=/usr/lib/postgresql/15/bin

# PostgreSQL refuses to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
}

# Sets peer_database_port. One database for each peer.
start_peer_postgres() {
  new_folder peer_postgres
  peer_database_port=$(free_port)
  [ "$(id -u)" != 0 ] || chown postgres:postgres "$peer_postgres"
  as_server "$programs/initdb" -D "$peer_postgres/data" -U osier -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  as_server "$programs/postgres" -D "$peer_postgres/data" -c listen_addresses=127.0.0.1 -c port="$peer_database_port" \
    -c unix_socket_directories= -c max_connections=200 >"$data/peer_postgres.log" 2>&1 &
  processes+=("$!")
  for _ in $(seq 100); do
    "$programs/pg_isready" -q -h 127.0.0.1 -p "$peer_database_port" && break
    sleep 0.1
  done
  "$programs/createdb" -h 127.0.0.1 -p "$peer_database_port" -U osier medusa
  "$programs/createdb" -h 127.0.0.1 -p "$peer_database_port" -U osier vendure
}
peer_url() { echo "postgres://osier@127.0.0.1:$peer_database_port/$1"; }

# install_peer NAME: from npm, with the versions of bench/peers/NAME/package.json; kept in build/peers for the next time.
install_peer() {
  mkdir -p "$peers/$1"
  if ! cmp -s "$here/peers/$1/package.json" "$peers/$1/installed.json"; then
    cp "$here/peers/$1/package.json" "$peers/$1/"
    say "$1: npm install"
    (cd "$peers/$1" && timeout 900 npm install --no-audit --no-fund --omit=dev --legacy-peer-deps >npm.log 2>&1) ||
      { tail -5 "$peers/$1/npm.log" >&2; fail "$1 could not be installed"; }
    cp "$here/peers/$1/package.json" "$peers/$1/installed.json"
  fi
  cp "$here/peers/$1/"*.js "$peers/$1/"
}

# start_peer NAME PATH COMMAND…: in production mode; sets peer_port and peer_pid. PATH answers once it is up.
start_peer() {
  local name=$1 path=$2
  shift 2
  peer_port=$(free_port)
  (cd "$peers/$name" && PORT=$peer_port DATABASE_URL=$(peer_url "$name") NODE_ENV=production MEDUSA_DISABLE_TELEMETRY=true \
    exec "$@" >"$data/$name.log" 2>&1) &
  peer_pid=$!
  processes+=("$peer_pid")
  for _ in $(seq 120); do
    curl -s -o /dev/null -m 5 "http://127.0.0.1:$peer_port$path" && return
    kill -0 "$peer_pid" 2>/dev/null || break
    sleep 1
  done
  tail -20 "$data/$name.log" >&2
  fail "$name did not start"
}

# Resident memory of one process in MiB: VmRSS now, VmHWM at its highest.
mebibytes_of() { awk -v name="$2:" '$1 == name { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }
