# What each step needs on the machine, whether it is there, and how it comes there.

declare -A NEEDS=(
  [rust]="cc"
  [postgres]="cc postgres openssl"
  [mail]="cc mail"
  [network]="cc osmo-hlr"
  [sms]="cc osmo-hlr osmo-msc"
  [proof]="cc go"
  [stick]="cc exfat age"
  [oidc]="cc node curl"
  [voice]="cc sipp baresip espeak-ng"
  [browser]="cc node chromium fonts paper"
)
declare -A PACKAGES=(
  [cc]="gcc libc6-dev"
  [postgres]="postgresql"
  [openssl]="openssl"
  [mail]="postfix dovecot-core dovecot-imapd dovecot-lmtpd curl openssl python3-dkim python3-nacl"
  [osmo-hlr]="osmo-hlr"
  [osmo-msc]="osmo-msc"
  [go]="golang-go golang-golang-x-mod-dev"
  [exfat]="exfat-fuse exfatprogs mount"
  [age]="age bsdutils"
  [curl]="curl"
  [sipp]="sip-tester"
  [baresip]="baresip"
  [espeak-ng]="espeak-ng"
  [node]="nodejs npm"
  [chromium]="chromium-headless-shell"
  [fonts]="fonts-noto-cjk fontconfig"
  [paper]="zbar-tools poppler-utils"
)
POLICY=/usr/sbin/policy-rc.d

postgres_bin() { # the folder of the newest PostgreSQL from 15 on
  local dir newest="" version best=14
  for dir in /usr/lib/postgresql/*/bin "$(dirname "$(command -v postgres || echo /nowhere/x)")"; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] || continue
    version=$("$dir/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    [ "$version" -le "$best" ] || { best=$version newest=$dir; }
  done
  [ -n "$newest" ] && echo "$newest"
}

# The same Chromium without what is drawn around its pages takes less than half the processor. Debian has it by itself.
chromium_bin() { command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome; }

node_is_new_enough() { command -v node && [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ]; }

# have THING
have() {
  case $1 in
    cc) command -v cc ;;
    postgres) postgres_bin ;;
    openssl) command -v openssl ;;
    curl) command -v curl ;;
    mail) command -v postfix && command -v dovecot && command -v curl && [ -x /usr/lib/dovecot/imap ] && [ -x /usr/lib/dovecot/lmtp ] &&
      command -v openssl && /usr/bin/python3 -c 'import dkim, nacl' ;;
    exfat) command -v mount.exfat-fuse && command -v mkfs.exfat && command -v losetup ;;
    osmo-hlr | osmo-msc | sipp | baresip | espeak-ng) command -v "$1" ;;
    age) command -v age && command -v age-keygen && command -v script ;;
    go) command -v go && [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ] ;;
    node) command -v npm && { [ ! -d target/test-node ] || PATH=$(node_from_npm):$PATH; } && node_is_new_enough ;;
    chromium) chromium_bin ;;
    paper) command -v zbarimg && command -v pdftoppm && command -v pdfdetach ;;
    fonts) command -v fc-list && fc-list :lang=zh-cn | grep -q . ;;
    *) false ;;
  esac >/dev/null 2>&1
}

node_from_npm() { echo "$PWD/target/test-node/node_modules/node-linux-$([ "$(uname -m)" = aarch64 ] && echo arm64 || echo x64)/bin"; }

# missing THINGS: true when all are there; otherwise MISSING names those that are not.
missing() {
  local thing; MISSING=""
  for thing in $1; do have "$thing" || MISSING+="${MISSING:+, }$thing"; done
  [ -z "$MISSING" ]
}

restore_policy() {
  [ -n "${POLICY_SET:-}" ] || return 0
  rm -f "$POLICY"
  [ ! -e "$POLICY.before-cease" ] || mv "$POLICY.before-cease" "$POLICY"
  POLICY_SET=""
}

# While packages are installed, none of their services may start: the tests start their own.
forbid_services() {
  [ ! -e "$POLICY" ] || mv "$POLICY" "$POLICY.before-cease"
  POLICY_SET=1
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
}

install_missing() {
  local step thing want="" packages=""
  command -v cargo >/dev/null || { echo "cargo is missing: install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) or newer with rustup, then run ./test again" >&2; exit 2; }
  # Also on a machine that has all of it: a step or a thing that nobody wrote down would only be missed on a bare one.
  for step in $STEPS; do
    for thing in ${NEEDS[$step]:?no needs are named for the step $step}; do
      : "${PACKAGES[$thing]:?no package is named for $thing}"
    done
  done
  for step in ${only:-$STEPS}; do
    for thing in ${NEEDS[$step]}; do
      case " $want " in *" $thing "*) continue ;; esac
      have "$thing" || { want+=" $thing"; packages+=" ${PACKAGES[$thing]}"; }
    done
  done
  [ -n "$want" ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing:$want. As root, on Debian: apt-get install --no-install-recommends$packages" >&2
    exit 2
  fi
  export DEBIAN_FRONTEND=noninteractive
  timed apt-update apt-get -q update || tail_of apt-update "apt-get update"
  line apt ok "package lists"
  apt-cache show chromium-headless-shell >/dev/null 2>&1 || PACKAGES[chromium]=chromium
  forbid_services
  for thing in $want; do
    echo "installing ${PACKAGES[$thing]}"
    # --no-remove: never at the price of something that the machine already has, another mail server, say.
    # shellcheck disable=SC2086
    if timed "install-$thing" apt-get -q -y --no-install-recommends --no-remove install ${PACKAGES[$thing]}; then
      line "$thing" ok "installed"
    else
      line "$thing" FAIL "not installed"; tail_of "install-$thing" "apt-get install ${PACKAGES[$thing]}"
    fi
  done
  restore_policy
  case $want in *node*) newer_node ;; esac
}

# Debian 12 has Node 18 and playwright-core wants 20: the same program comes as a package from npm.
newer_node() {
  have node || ! command -v npm >/dev/null || {
    timed node-npm npm install --prefix target/test-node --no-save --no-audit --no-fund "node-linux-$([ "$(uname -m)" = aarch64 ] && echo arm64 || echo x64)@22" &&
      line node ok "Node 22 into target/test-node"
  }
  [ ! -d target/test-node ] || PATH=$(node_from_npm):$PATH
}
