#!/bin/sh
# What a new user does on a bare machine, in /src: up, up again, one build, one run, down. Ends with BARE-OK.
set -eu
cd /src
say() { printf '\n### %s\n' "$1"; }

./drydock up --port 8099
say "a second up changes nothing and is quick"
./drydock up
./drydock status
./drydock doctor

say "one build and one run through the Docker API"
sh test/bare/build-and-run.sh

say "the page answers"
.drydock/bin/node -e '
  const response = await fetch("http://127.0.0.1:8099/", { redirect: "manual" });
  if (response.status !== 200) throw new Error(`the page answered ${response.status}`);
  const text = await response.text();
  if (!text.includes("Drydock")) throw new Error("the page does not say Drydock");
'

say "down leaves nothing behind"
./drydock down
left=$( (mount | grep -E '/run/drydock|/var/lib/drydock|type overlay' || true
  find /sys/fs/cgroup -type d -name 'drydock*'
  ip -o link | grep -E 'dd-|veth' || true
  nft list tables | grep drydock || true
  for p in /proc/[0-9]*; do tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -E 'server/(main|web|cli/supervisor).ts|containerd-shim' || true; done) )
if [ -n "$left" ]; then
  printf 'left behind:\n%s\n' "$left"
  exit 1
fi
echo BARE-OK
