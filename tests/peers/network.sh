# An OsmoHLR of our own. Its ports are fixed, so it gets a loopback address to itself; its database is in
# memory where that can be had, as it waits for the disk at every change.

network_conf() { # ADDRESS
  cat <<CONF
log stderr
 logging filter all 1
 logging color 0
 logging level set-all error
line vty
 bind $1
ctrl
 bind $1
hlr
 gsup
  bind ip $1
CONF
}

answers_at() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; } # ADDRESS PORT

# free_loopback PORT...: an address 127.0.0.x at which none of these ports is taken.
free_loopback() {
  local address port
  while :; do
    address=127.0.0.$((2 + RANDOM % 250))
    for port in "$@"; do ! answers_at "$address" "$port" || continue 2; done
    echo "$address"; return
  done
}

up_network() {
  local dir=$TMP/network address log=$LOGS/network-up.log
  mkdir -p "$dir"
  address=$(free_loopback 4222 4258 4259)
  mktemp -d /dev/shm/cease-test.XXXXXX >"$dir/db" 2>/dev/null || echo "$dir" >"$dir/db"
  network_conf "$address" >"$dir/hlr.cfg"
  setsid osmo-hlr -c "$dir/hlr.cfg" -l "$(cat "$dir/db")/hlr.db" >"$log" 2>&1 </dev/null &
  echo $! >"$dir/hlr.pid"
  wait_for 20 answers_at "$address" 4222 && wait_for 20 answers_at "$address" 4259 && wait_for 20 answers_at "$address" 4258 || return 1
  echo "export CEASE_TEST_HLR=$address" >"$TMP/network.env"
  echo "$(osmo-hlr --version | head -n1) on $address, its database in $(cat "$dir/db"): CTRL, VTY and GSUP answer"
}

stop_network() {
  local dir=$TMP/network pid db
  if [ -s "$dir/hlr.pid" ] && read -r pid <"$dir/hlr.pid"; then stop_group "$pid"; fi
  if [ -s "$dir/db" ] && read -r db <"$dir/db"; then
    case $db in /dev/shm/cease-test.*) rm -rf "$db" ;; esac
  fi
}
