# An OsmoMSC of our own as SMSC, with the OsmoHLR that it cannot start without: both on a loopback address of their
# own, their databases in memory. OsmoMSC wants SCTP, which few kernels here have: nosctp.c stands in for it.

SMS_LOGIN=cease SMS_PASSWORD=secret12

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

up_sms() {
  local dir address log=$LOGS/sms-up.log
  : >"$log"
  dir=$(mktemp -d -p /dev/shm cease-sms.XXXXXX) || return 1
  echo "$dir" >"$TMP/sms.dir"
  address=$(free_loopback 4222 4258 4259 4254 4255 2775)
  cc -shared -fPIC -O1 -o "$dir/nosctp.so" tests/peers/nosctp.c -ldl >>"$log" 2>&1 || return 1
  start_hlr "$dir" "$address" "$log" || return 1
  msc_conf "$dir" "$address" >"$dir/msc.cfg"
  LD_PRELOAD=$dir/nosctp.so setsid osmo-msc -c "$dir/msc.cfg" >>"$log" 2>&1 </dev/null &
  echo $! >"$dir/msc.pid"
  wait_for 10 answers_at "$address" 2775 || return 1
  {
    echo "export CEASE_TEST_SMPP=smpp://$SMS_LOGIN:$SMS_PASSWORD@$address:2775"
    echo "export CEASE_TEST_SMS_DB=$dir/sms.db"
  } >"$TMP/sms.env"
  echo "$(osmo-msc --version | head -n 1) as SMSC on $address:2775"
}

stop_sms() { stop_in "$TMP/sms.dir" msc hlr; }
