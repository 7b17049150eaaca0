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

# start_hlr DIR ADDRESS LOG: its database and configuration in DIR; up once it answers GSUP.
start_hlr() {
  network_conf "$2" >"$1/hlr.cfg"
  setsid osmo-hlr -c "$1/hlr.cfg" -l "$1/hlr.db" >>"$3" 2>&1 </dev/null &
  echo $! >"$1/hlr.pid"
  wait_for 20 answers_at "$2" 4222
}

up_network() {
  local dir address log=$LOGS/network-up.log
  : >"$log"
  dir=$(mktemp -d /dev/shm/cease-test.XXXXXX 2>/dev/null) || { dir=$TMP/network; mkdir -p "$dir"; }
  echo "$dir" >"$TMP/network.dir"
  address=$(free_loopback 4222 4258 4259)
  start_hlr "$dir" "$address" "$log" && wait_for 20 answers_at "$address" 4259 && wait_for 20 answers_at "$address" 4258 || return 1
  echo "export CEASE_TEST_HLR=$address" >"$TMP/network.env"
  echo "$(osmo-hlr --version | head -n1) on $address, its database in $dir: CTRL, VTY and GSUP answer"
}

# stop_in FILE PART...: stops what was started in the folder that FILE names, and takes the folder away.
stop_in() {
  local dir part file=$1; shift
  [ -s "$file" ] && read -r dir <"$file" || return 0
  for part in "$@"; do [ ! -s "$dir/$part.pid" ] || stop_group "$(cat "$dir/$part.pid")"; done
  rm -rf "$dir"
}

stop_network() { stop_in "$TMP/network.dir" hlr; }
