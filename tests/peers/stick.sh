# Sticks: exFAT images on loop devices. The tests mount their own; here it is only tried whether that can be done.

up_stick() {
  local dir=$TMP/stick device rc=1
  mkdir -p "$dir/at" && truncate -s 16M "$dir/image" && mkfs.exfat "$dir/image" >"$LOGS/stick-up.log" 2>&1 || return 1
  device=$(losetup -f --show "$dir/image" 2>>"$LOGS/stick-up.log") || return 1
  if mount.exfat-fuse "$device" "$dir/at" >>"$LOGS/stick-up.log" 2>&1; then umount "$dir/at" && rc=0; fi
  losetup -d "$device"
  [ "$rc" -eq 0 ] || return 1
  echo "export CEASE_TEST_STICK=1" >"$TMP/stick.env"
  echo "exFAT images can be mounted"
}
