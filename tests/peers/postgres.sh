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
  # TLS with an authority of its own, offered to those who ask for it.
  (cd "$TMP/postgres/data" && {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=cease-test-authority \
      -keyout ca.key -out ca.pem &&
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=127.0.0.1 -keyout server.key -out server.csr &&
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
      -extfile <(echo subjectAltName=IP:127.0.0.1) -out server.crt &&
    chown "$(as_postgres id -u)" server.key server.crt && chmod 600 server.key && cp ca.pem "$TMP/postgres-ca.pem" &&
    chmod 644 "$TMP/postgres-ca.pem"
  }) >>"$log" 2>&1 || return 1
  as_postgres setsid "$bin/postgres" -D "$TMP/postgres/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$TMP/postgres" -c fsync=on -c ssl=on -c max_connections=200 >>"$log" 2>&1 </dev/null &
  wait_for 30 test -s "$TMP/postgres/data/postmaster.pid" || return 1
  wait_for 30 "$bin/psql" -XtAc 'select 1' "$url" || return 1
  echo "export CEASE_TEST_PG=$url CEASE_TEST_PG_CA=$TMP/postgres-ca.pem" >"$TMP/postgres.env"
  echo "PostgreSQL $("$bin/psql" -XtAc 'show server_version' "$url" | cut -d' ' -f1) on 127.0.0.1:$port answered select 1"
}

stop_postgres() {
  local pid
  pid=$(head -n1 "$TMP/postgres/data/postmaster.pid" 2>/dev/null) || return 0
  kill -INT "$pid" 2>/dev/null || return 0
  wait_for 10 process_gone "$pid" || kill -QUIT "$pid" 2>/dev/null
}
process_gone() { ! kill -0 "$1" 2>/dev/null; }
