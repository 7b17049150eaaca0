#!/usr/bin/env bash
# Attacks a desk of its own, on loopback, with other people's tools, and prints what each found.
#   tests/outside.sh [TOOL...]     schemathesis h2load h2spec slowhttptest sslscan cargo-audit cargo-deny; without names, all
# Installs what is missing (as root on Debian; the rest into target/outside). Ends with the number that failed; what
# could not be had is named and is no pass. Not part of ./test: it wants a network and half an hour.
#   OUTSIDE_H2SPEC=DIR       a checkout of h2spec, which is built with Debian's Go packages where no h2spec is installed
#   OUTSIDE_ADVISORIES=DIR   a clone of the advisories, where they cannot be fetched
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

HERE=$PWD/target/outside LOGS=$PWD/target/test-logs
TOOLS=${*:-schemathesis h2load h2spec slowhttptest sslscan cargo-audit cargo-deny}
BIN=${CEASE_TEST_BIN:-$PWD/target/debug/cease}
mkdir -p "$HERE" "$LOGS"
DATA=$(mktemp -d "${TMPDIR:-/tmp}/cease-outside.XXXXXX") || exit 2
failed=0 absent=0 PIDS=()

stop() {
  trap - EXIT
  for pid in ${PIDS[@]+"${PIDS[@]}"}; do kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done
  rm -rf "$DATA"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

line() { printf '%-14s %-6s %s\n' "$1" "$2" "$3"; }
pass() { line "$1" passed "$2"; }
fail() { failed=$((failed + 1)); line "$1" FAILED "$2; see $LOGS/outside-$1.log"; }
lacks() { absent=$((absent + 1)); line "$1" absent "$2"; }
wants() { case " $TOOLS " in *" $1 "*) true ;; *) false ;; esac; }

have_debian() { # PROGRAM PACKAGE
  command -v "$1" >/dev/null && return
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
  apt-get -q update >"$LOGS/outside-apt.log" 2>&1
  DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --no-remove install "$2" >>"$LOGS/outside-apt.log" 2>&1
  command -v "$1" >/dev/null
}

# A desk with a certificate that it signed itself: one on which programs may call everything.
start_desk() {
  command -v openssl >/dev/null || { echo "openssl is missing" >&2; exit 2; }
  [ -x "$BIN" ] || cargo build -q -p cease || exit 2
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$DATA/key.pem" -out "$DATA/cert.pem" 2>/dev/null || exit 2
  chmod 600 "$DATA/key.pem"
  TOKEN=outside-token-of-the-mediation
  for kind in plain tls; do
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir -p "$DATA/$kind"
    {
      printf '[desk]\nlisten = "127.0.0.1:%s"\ndata = "%s"\n' "$port" "$DATA/$kind"
      if [ "$kind" = tls ]; then
        printf 'url = "https://localhost:%s"\n[tls]\ncert = "%s"\nkey = "%s"\n' "$port" "$DATA/cert.pem" "$DATA/key.pem"
      else
        printf 'url = "http://localhost:%s"\n' "$port"
      fi
      printf '[security]\ncontact = ["mailto:security@localhost.example"]\nexpires = "2099-01-01T00:00:00Z"\n'
      printf '[watch]\ntokens = ["%s"]\n' "$(printf %s "$TOKEN" | sha256sum | cut -d' ' -f1)"
      printf '[network.es2plus]\nurl = "https://smdp.example"\nrequester = "1.3.6.1.4.1.99999.1"\n'
      printf '[network.es2plus.notifications]\nheader = "authorization"\nvalue = "Bearer %s"\ndeleted = [5]\n' "$TOKEN"
    } >"$DATA/$kind.toml"
    "$BIN" --config "$DATA/$kind.toml" serve >"$LOGS/outside-desk-$kind.log" 2>&1 &
    PIDS+=($!)
    [ "$kind" = tls ] && TLS=$port || PLAIN=$port
  done
  for _ in $(seq 300); do
    curl -sf "http://127.0.0.1:$PLAIN/readyz" >/dev/null && curl -skf "https://127.0.0.1:$TLS/readyz" >/dev/null && return
    sleep 0.1
  done
  echo "the desk did not start; see $LOGS/outside-desk-*.log" >&2; exit 2
}

answers() { curl -sf --max-time 5 "http://127.0.0.1:$PLAIN/livez" >/dev/null; }

schemathesis() {
  local log=$LOGS/outside-schemathesis.log n
  if [ ! -x "$HERE/venv/bin/schemathesis" ]; then
    { python3 -m venv "$HERE/venv" && "$HERE/venv/bin/pip" install -q 'schemathesis>=4,<5'; } >"$log" 2>&1 ||
      { lacks schemathesis "it could not be installed from PyPI (python3-venv?)"; return; }
  fi
  "$HERE/venv/bin/schemathesis" run "http://127.0.0.1:$PLAIN/openapi.json" --url "http://127.0.0.1:$PLAIN" \
    -H "Authorization: Bearer $TOKEN" --max-examples "${OUTSIDE_EXAMPLES:-200}" --seed 7 --suppress-health-check all \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,ignored_auth \
    --no-color >"$log" 2>&1
  n=$?
  if [ $n -eq 0 ] && answers; then pass schemathesis "$(grep -E 'Test cases|generated' "$log" | tail -1 | xargs)"; else fail schemathesis "exit $n"; fi
}

h2load() {
  have_debian h2load nghttp2-client || { lacks h2load "Debian's nghttp2-client"; return; }
  local log=$LOGS/outside-h2load.log
  command h2load -n 20000 -c 100 -m 50 "https://127.0.0.1:$TLS/livez" >"$log" 2>&1
  if grep -q '20000 succeeded, 0 failed, 0 errored' "$log"; then pass h2load "20000 requests by HTTP/2 over TLS on 100 connections"; else fail h2load "$(grep requests: "$log")"; fi
}

# Each of its attacks, on as many connections as one address may have: all are let go within 20 seconds, and whoever
# asks meanwhile is answered.
slowhttptest() {
  have_debian slowhttptest slowhttptest || { lacks slowhttptest "Debian's slowhttptest"; return; }
  local kind log bad="" left pid
  for kind in H B R X; do
    log=$LOGS/outside-slowhttptest-$kind.log
    command slowhttptest "-$kind" -c 1000 -r 500 -i 30 -l 45 -p 3 -s 8192 -t "$([ $kind = B ] && echo POST || echo GET)" \
      -u "http://127.0.0.1:$PLAIN/$([ $kind = B ] && echo sign-in)" >"$log" 2>&1 &
    pid=$!
    sleep 25
    answers || bad+=" $kind: nobody else was answered"
    left=$(ss -Htn state established "sport = :$PLAIN" | wc -l)
    [ "$left" -lt 20 ] || bad+=" $kind: $left connections after 25 s"
    kill -0 $pid 2>/dev/null && kill $pid
    wait $pid 2>/dev/null
    answers || bad+=" $kind: it does not answer afterwards"
  done
  if [ -z "$bad" ]; then pass slowhttptest "H, B, X on 1000 connections each: let go, and others served; R finds no ranges to ask for"; else line slowhttptest "" "$bad"; fail slowhttptest "see above"; fi
}

sslscan() {
  have_debian sslscan sslscan || { lacks sslscan "Debian's sslscan"; return; }
  local log=$LOGS/outside-sslscan.log
  command sslscan --no-colour "127.0.0.1:$TLS" >"$log" 2>&1
  if grep -qE '(SSLv2|SSLv3|TLSv1\.0|TLSv1\.1) +enabled' "$log" || ! grep -qE 'TLSv1\.3 +enabled' "$log" ||
    grep -qE 'Accepted .*(RC4|3DES|NULL|EXP|MD5|CBC|anon)' "$log" || grep -qE ' vulnerable to' "$log" && grep -vq 'not vulnerable' "$log" && grep -E 'vulnerable' "$log" | grep -qv 'not vulnerable'; then
    fail sslscan "something old is accepted"
  else
    pass sslscan "$(grep -c -E '^(Accepted|Preferred)' "$log") suites, TLS 1.2 and 1.3 only"
  fi
}

# An h2spec that is installed, or one built of a checkout.
have_h2spec() {
  H2SPEC=$(type -P h2spec) && return
  H2SPEC=$HERE/bin/h2spec
  [ ! -x "$H2SPEC" ] || return 0
  [ -n "${OUTSIDE_H2SPEC:-}" ] && have_debian go golang-go || return 1
  local gopath=$DATA/gopath at=src/github.com/summerwind
  [ -d /usr/share/gocode/src/github.com/spf13/cobra ] || DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --no-remove \
    install golang-golang-x-net-dev golang-github-spf13-cobra-dev golang-github-fatih-color-dev >>"$LOGS/outside-apt.log" 2>&1
  mkdir -p "$gopath/$at" "$HERE/bin" && cp -r "$OUTSIDE_H2SPEC" "$gopath/$at/h2spec" &&
    (cd "$gopath/$at/h2spec" && GO111MODULE=off GOPATH=$gopath:/usr/share/gocode GOCACHE=$DATA/go-cache go build -o "$H2SPEC" ./cmd/h2spec) >"$LOGS/outside-h2spec.log" 2>&1
}

# Two of its 146 cases fail, and need not be mended: a preface that is none has the connection closed, as RFC 9113 (3.4)
# lets one, and h2spec counts the missing goodbye of TLS; and an answer that was under way already when its stream was
# reset is what it was waiting for not to see. Any other is a failure.
h2spec() {
  local log=$LOGS/outside-h2spec.log bad
  have_h2spec || { lacks h2spec "no h2spec is installed, and OUTSIDE_H2SPEC names no checkout"; return; }
  "$H2SPEC" -h 127.0.0.1 -p "$TLS" -t -k -P /sign-in -o 5 >"$log" 2>&1
  bad=$(sed -n '/^Failures/,$p' "$log" | grep × | grep -vcE '2: Sends invalid connection preface|8: closed: Sends a DATA frame after sending RST_STREAM frame')
  if grep -qE '^146 tests, 14[4-6] passed' "$log" && [ "$bad" -eq 0 ] && answers; then pass h2spec "$(tail -1 "$log") (two are explained in this script)"; else fail h2spec "$(tail -1 "$log")"; fi
}

cargo_tool() { # NAME ARGS...
  local name=$1 log=$LOGS/outside-$1.log; shift
  if ! command -v "$name" >/dev/null && [ ! -x "$HERE/bin/$name" ]; then
    cargo install -q --locked --root "$HERE" "$name" >"$log" 2>&1 || { lacks "$name" "it could not be built"; return; }
  fi
  if PATH=$HERE/bin:$PATH "$name" "$@" >"$log" 2>&1; then pass "$name" "$(tail -1 "$log")"
  elif grep -qiE 'failed to (fetch|clone)|could not (fetch|resolve)|error (fetching|loading) advisory|unable to fetch|network' "$log"; then
    lacks "$name" "the advisories (github.com/rustsec/advisory-db) cannot be reached from here; OUTSIDE_ADVISORIES may name a clone"
  else fail "$name" "$(grep -E '^error' "$log" | head -1)"; fi
}

# Vulnerable, unsound and yanked crates fail it. What is only unmaintained somewhere below us is printed, as cargo-deny
# has it too.
cargo_audit() {
  local from=()
  [ -z "${OUTSIDE_ADVISORIES:-}" ] || from=(--db "$OUTSIDE_ADVISORIES" --no-fetch)
  cargo_tool cargo-audit audit --deny unsound --deny yanked ${from[@]+"${from[@]}"}
}

# Its advisories are cargo-audit's; where they cannot be fetched the rest is still true or not.
cargo_deny() {
  if [ -n "${OUTSIDE_ADVISORIES:-}" ]; then cargo_tool cargo-deny --offline check bans licenses sources
  else cargo_tool cargo-deny check; fi
}

case " $TOOLS " in *schemathesis*|*h2load*|*h2spec*|*slowhttptest*|*sslscan*) start_desk ;; esac
for tool in schemathesis h2load h2spec slowhttptest sslscan; do if wants $tool; then $tool; fi; done
if wants cargo-audit; then cargo_audit; fi
if wants cargo-deny; then cargo_deny; fi
echo "$failed failed, $absent absent"
[ "$failed" -eq 0 ]
