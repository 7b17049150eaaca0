# What every part of ./test shares: one line a step, logs, free ports, waiting, stopping.

SECONDS_FROM=$EPOCHREALTIME

# line STEP STATUS TEXT: the one line of a step, with the time since `timed` or the last line began.
line() {
  local from=${SECONDS_FROM/[.,]/} now=${EPOCHREALTIME/[.,]/}
  printf '%-9s %-5s %6s s  %s\n' "$1" "$2" "$(((now - from) / 1000000)).$(((now - from) / 100000 % 10))" "$3"
  SECONDS_FROM=$EPOCHREALTIME
}

# timed NAME COMMAND...: into its own log and process group, so that Ctrl-C reaches us at once and all of it.
timed() {
  local log=$LOGS/$1.log rc=0; shift
  SECONDS_FROM=$EPOCHREALTIME
  setsid "$@" >"$log" 2>&1 </dev/null &
  CHILD=$!
  wait "$CHILD" || rc=$?
  CHILD=""
  return "$rc"
}

# tail_of NAME COMMAND: what a reader needs after a failure: each test that failed, wherever in the log, then its end.
tail_of() {
  local log=$LOGS/$1.log
  { # Rust's runner prints what a failed test said after a line of dashes, Node's after "not ok".
    awk '/^---- .* ----$/ { on = 1 } /^(test result|failures):/ { on = 0 }
         /^ *not ok / { on = 1 } /^ *(ok |# Subtest)/ { on = 0 } on' "$log" | head -n 200
    echo "..."
    tail -n 25 "$log"
  } 2>/dev/null | sed "1i --- what failed in target/test-logs/$1.log, and its end
s/^/    /"
  echo "--- again, alone: $2"
}

# free_port: below the range from which the kernel lends ports to clients.
free_port() {
  local port
  while :; do
    port=$((15000 + RANDOM % 15000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# wait_for SECONDS COMMAND...
wait_for() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

group_gone() { ! kill -0 -- "-$1" 2>/dev/null; }

# stop_group PGID [SIGNAL]: asks, waits, then insists.
stop_group() {
  kill "-${2:-TERM}" -- "-$1" 2>/dev/null
  wait_for 10 group_gone "$1" || kill -KILL -- "-$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
