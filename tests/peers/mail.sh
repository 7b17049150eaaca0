# A Postfix and a Dovecot of our own: SMTP on a free loopback port -> LMTP -> Maildir -> IMAP on another.
# Every address @test.example has a mailbox of its own with the same password; refused@ answers 550, later@ 451;
# returned@ is taken, and comes back as undeliverable.

MAIL_PASSWORD=mailbox-of-the-tests

dovecot_conf() { # DIR IMAP-PORT
  cat <<CONF
protocols = imap lmtp
base_dir = $1/run
state_dir = $1/state
log_path = $1/dovecot.log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %Lu
mail_location = maildir:$1/maildir/%u
mail_uid = nobody
mail_gid = nogroup
passdb {
  driver = static
  args = password=$MAIL_PASSWORD
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$1/maildir/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = $2
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
CONF
}

postfix_main() { # DIR
  cat <<CONF
compatibility_level = 3.6
queue_directory = $1/queue
data_directory = $1/data
maillog_file = $1/postfix.log
maillog_file_prefixes = $1
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.test.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = test.example
virtual_transport = lmtp:unix:$1/run/lmtp
virtual_alias_maps = inline:{ {returned@test.example = nobody@elsewhere.example} }
default_transport = error:only test.example is delivered here
smtpd_recipient_restrictions = check_recipient_access inline:{ {refused@test.example = 550 5.1.1 No such person}, {later@test.example = 451 4.3.0 Try again later} }, permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
CONF
}

postfix_master() { # SMTP-PORT
  cat <<CONF
127.0.0.1:$1 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
CONF
}

up_mail() {
  local dir=$TMP/mail smtp imap log=$LOGS/mail-up.log
  : >"$log"
  [ "$(id -u)" -eq 0 ] || { echo "Postfix starts only as root" >"$log"; return 1; }
  smtp=$(free_port) imap=$(free_port)
  mkdir -p "$dir"/{postfix,queue,data,run,state,maildir}
  chown postfix "$dir/data"; chown nobody:nogroup "$dir/maildir"
  dovecot_conf "$dir" "$imap" >"$dir/dovecot.conf"
  postfix_main "$dir" >"$dir/postfix/main.cf"
  postfix_master "$smtp" >"$dir/postfix/master.cf"
  setsid dovecot -F -c "$dir/dovecot.conf" >>"$log" 2>&1 </dev/null &
  echo $! >"$dir/dovecot.pid"
  wait_for 20 test -S "$dir/run/lmtp" && setsid postfix -c "$dir/postfix" start >>"$log" 2>&1 </dev/null &&
    a_letter_arrives "$smtp" "$imap" ||
    { cat "$dir"/*.log >>"$log" 2>/dev/null; return 1; }
  cat >"$TMP/mail.env" <<ENV
export CEASE_TEST_SMTP=127.0.0.1:$smtp CEASE_TEST_IMAP=127.0.0.1:$imap CEASE_TEST_MAILDIR=$dir/maildir
export CEASE_TEST_IMAP_USER=holder@test.example CEASE_TEST_IMAP_PASSWORD=$MAIL_PASSWORD
ENV
  echo "Postfix $(postconf -hd mail_version) on 127.0.0.1:$smtp, Dovecot $(dovecot --version | cut -d' ' -f1) on 127.0.0.1:$imap: a letter went in by SMTP and came out by IMAP"
}

# The two are up once a letter has made the whole way.
a_letter_arrives() { # SMTP-PORT IMAP-PORT
  local to=self-check@test.example dir=$TMP/mail
  printf 'From: ./test <test@test.example>\r\nTo: <%s>\r\nSubject: self-check\r\n\r\nArrived.\r\n' "$to" >"$dir/letter"
  wait_for 20 curl -sS --max-time 5 "smtp://127.0.0.1:$1" --mail-from test@test.example --mail-rcpt "$to" -T "$dir/letter" &&
    wait_for 20 compgen -G "$dir/maildir/$to/new/*" &&
    curl -sS --max-time 5 "imap://127.0.0.1:$2/INBOX;MAILINDEX=1" -u "$to:$MAIL_PASSWORD" | grep -q '^Arrived\.'
}

stop_mail() {
  local dir=$TMP/mail pid pidfile
  for pidfile in "$dir/queue/pid/master.pid" "$dir/dovecot.pid"; do
    if [ -s "$pidfile" ] && read -r pid <"$pidfile"; then stop_group "$pid"; fi
  done
}
