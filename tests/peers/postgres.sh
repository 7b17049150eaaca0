# A PostgreSQL of our own: private data folder, loopback, a free port, fsync on.

POSTGRES_PID=""

as_postgres() { # PostgreSQL refuses to run as root
  local user
  if [ "$(id -u)" -ne 0 ]; then "$@"; return; fi
  id -u postgres >/dev/null 2>&1 && user=postgres || user=nobody
  setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME="$TMP/postgres" "$@"
}

up_postgres() {
  local bin port url log=$LOGS/postgres-up.log
  bin=$(postgres_bin) port=$(free_port) url=postgres://cease@127.0.0.1:$port/postgres
  mkdir -m 700 "$TMP/postgres"
  [ "$(id -u)" -ne 0 ] || chown "$(as_postgres id -u)" "$TMP/postgres"
  as_postgres "$bin/initdb" -D "$TMP/postgres/data" -U cease -A trust -E UTF8 --no-locale --no-sync >"$log" 2>&1 || return 1
  as_postgres setsid "$bin/postgres" -D "$TMP/postgres/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$TMP/postgres" -c fsync=on -c max_connections=200 >>"$log" 2>&1 </dev/null &
  wait_for 30 test -s "$TMP/postgres/data/postmaster.pid" || return 1
  wait_for 30 "$bin/psql" -XtAc 'select 1' "$url" || return 1
  echo "export CEASE_TEST_PG=$url" >"$TMP/postgres.env"
  echo "PostgreSQL $("$bin/psql" -XtAc 'show server_version' "$url" | cut -d' ' -f1) on 127.0.0.1:$port answered select 1"
}

stop_postgres() {
  local pid
  pid=$(head -n1 "$TMP/postgres/data/postmaster.pid" 2>/dev/null) || return 0
  kill -INT "$pid" 2>/dev/null || return 0
  wait_for 10 process_gone "$pid" || kill -QUIT "$pid" 2>/dev/null
}
process_gone() { ! kill -0 "$1" 2>/dev/null; }
