#!/bin/sh
# Fails, and tells what there is, when this machine still has something of Drydock but its data.
left=$( (mount | grep -E '/run/drydock|/var/lib/drydock|type overlay' || true
  find /sys/fs/cgroup -type d -name 'drydock*' ! -name 'drydock.service'
  ip -o link | grep -E 'dd-|ddv|veth' || true
  ls /run/netns 2>/dev/null || true
  nft list tables | grep drydock || true
  [ ! -e /run/drydock ] || echo /run/drydock
  for p in /proc/[0-9]*; do
    tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -E 'server/(main|web|cli/supervisor).ts|runtime/supervisor/main.ts|drydock-keeper' || true
  done) )
[ -z "$left" ] && exit 0
printf 'left behind:\n%s\n' "$left"
exit 1
