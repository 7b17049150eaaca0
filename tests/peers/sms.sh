# An OsmoMSC of our own as SMSC, with the OsmoHLR that it cannot start without: both on a loopback address of their
# own, their databases in memory. OsmoMSC wants SCTP, which few kernels here have: nosctp.c stands in for it.

SMS_LOGIN=cease SMS_PASSWORD=secret12

hlr_conf() { # ADDRESS
  cat <<CONF
line vty
 bind $1
ctrl
 bind $1
hlr
 gsup
  bind ip $1
CONF
}

msc_conf() { # DIR ADDRESS
  cat <<CONF
line vty
 no login
 bind $2
ctrl
 bind $2
network
 network country code 1
 mobile network code 1
 short name Test
 long name Test
 encryption a5 0
msc
 mgw remote-ip $2
 assign-tmsi
hlr
 remote-ip $2
sgs
 local-ip $2
smsc
 database $1/sms.db
smpp
 local-tcp-ip $2 2775
 system-id test-smsc
 policy closed
 smpp-first
 esme $SMS_LOGIN
  password $SMS_PASSWORD
CONF
}

listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; } # ADDRESS PORT

up_sms() {
  local dir address=127.$((RANDOM % 200 + 20)).$((RANDOM % 250)).$((RANDOM % 250 + 2)) log=$LOGS/sms-up.log
  : >"$log"
  dir=$(mktemp -d -p /dev/shm cease-sms.XXXXXX) || return 1
  echo "$dir" >"$TMP/sms.dir"
  cc -shared -fPIC -O1 -o "$dir/nosctp.so" tests/peers/nosctp.c -ldl >>"$log" 2>&1 || return 1
  hlr_conf "$address" >"$dir/hlr.cfg"
  msc_conf "$dir" "$address" >"$dir/msc.cfg"
  setsid osmo-hlr -c "$dir/hlr.cfg" -l "$dir/hlr.db" >>"$log" 2>&1 </dev/null &
  echo $! >"$TMP/sms-hlr.pid"
  wait_for 10 listens "$address" 4222 || return 1
  LD_PRELOAD=$dir/nosctp.so setsid osmo-msc -c "$dir/msc.cfg" >>"$log" 2>&1 </dev/null &
  echo $! >"$TMP/sms-msc.pid"
  wait_for 10 listens "$address" 2775 || return 1
  {
    echo "export CEASE_TEST_SMPP=smpp://$SMS_LOGIN:$SMS_PASSWORD@$address:2775"
    echo "export CEASE_TEST_SMS_DB=$dir/sms.db"
  } >"$TMP/sms.env"
  echo "$(osmo-msc --version | head -n 1) as SMSC on $address:2775"
}

stop_sms() {
  local part
  for part in msc hlr; do
    [ ! -f "$TMP/sms-$part.pid" ] || stop_group "$(cat "$TMP/sms-$part.pid")"
  done
  [ ! -f "$TMP/sms.dir" ] || rm -rf "$(cat "$TMP/sms.dir")"
}
