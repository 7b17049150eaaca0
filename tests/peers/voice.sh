# Real telephones: SIPp, which plays captured keys, and baresip, a softphone that presses keys and records what it
# hears. The tests start the desk and the phones themselves; espeak-ng is what the desk speaks with.

up_voice() {
  local captures=/usr/share/sip-tester
  [ -f "$captures/dtmf_2833_1.pcap" ] || return 1
  {
    echo "export CEASE_TEST_CAPTURES=$captures"
    echo "export CEASE_TEST_BARESIP=$(dirname "$(find /usr/lib -path '*baresip/modules/aufile.so' | head -n 1)")"
  } >"$TMP/voice.env"
  echo "$(sipp -v 2>&1 | grep -o 'SIPp v[^ ]*' | head -n 1), baresip $(dpkg-query -W -f '${Version}' baresip-core 2>/dev/null || dpkg-query -W -f '${Version}' baresip), $(espeak-ng --version | cut -d' ' -f1-4)"
}
