#!/bin/sh
# What a new user does on a bare machine, in /src: up without a network, then with one, up again, one build, one run, the
# examples, down; then down after a crash; with the argument "tests" the whole `./drydock test` too. Ends with BARE-OK.
set -eu
cd /src
say() { printf '\n### %s\n' "$1"; }
fail() {
  printf 'FAILED: %s\n' "$1"
  exit 1
}

servers() {
  for p in /proc/[0-9]*; do
    tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -qE '^[^ ]*node [^ ]* ?[^ ]*server/(main|web|cli/supervisor).ts' && echo "${p#/proc/}"
  done
  true
}

nothing_left() {
  sh test/bare/nothing-left.sh || fail "down"
}

# What `up` says when it cannot go on, here on a machine that reaches nothing.
refuses() {
  if said=$(unshare --net ./drydock up 2>&1); then fail "up went on without a network"; fi
  echo "$said"
  for words in "$@"; do
    echo "$said" | grep -q "$words" || fail "up does not say: $words"
  done
}

say "without a package source up says so, before Node is there and after"
refuses 'could not install npm. Is there a package source' 'run the same command again'
./drydock up --nothing && fail "up takes a flag that it has not" # has fetched Node by then
refuses 'apt-get .* failed' "Check this machine's network and /etc/apt/sources.list" 'run the same command again'

say "the same command finishes what was begun"
{ ./drydock up --port 8099 || touch /tmp/up-failed; } | tee /tmp/up.log
[ ! -e /tmp/up-failed ] || fail "up"
awk '/✓ the first base image/ { image = NR } /Drydock is up: http/ { url = NR } END { exit !(image && image < url) }' /tmp/up.log \
  || fail "the first base image is not there before the URL is told"
started=$(date +%s)
say "a first shell: in busybox at once, in the workstation as soon as its image is made"
.drydock/bin/node --disable-warning=ExperimentalWarning test/bare/first-shell.ts || fail "a first shell"
[ $(($(date +%s) - started)) -le 60 ] || fail "the first shell came more than 60 s after the URL"
echo "a shell in busybox $(($(date +%s) - started)) s after the URL"
until ./drydock status | grep -q '^image *drydock/workstation: ready'; do
  ./drydock status | grep -E '^image *(busybox|debian|ubuntu|drydock/workstation):' | grep -vE ': (ready|being made)' && fail "an image"
  sleep 1
done
echo "the workstation is ready $(($(date +%s) - started)) s after the URL"
say "a second up changes nothing and is quick"
before=$(servers)
started=$(date +%s)
./drydock up
[ "$(servers)" = "$before" ] || fail "the second up started the processes anew"
[ $(($(date +%s) - started)) -lt 30 ] || fail "the second up took more than 30 s"
./drydock status
sh test/bare/doctor.sh || fail "doctor"

say "one build and one run through the Docker API"
sh test/bare/build-and-run.sh

say "the examples, with the docker command line"
.drydock/bin/node --disable-warning=ExperimentalWarning test/bare/examples.ts

say "the page answers, from a process without privilege"
.drydock/bin/node -e '
  const response = await fetch("http://127.0.0.1:8099/", { redirect: "manual" });
  if (response.status !== 200) throw new Error(`the page answered ${response.status}`);
  const text = await response.text();
  if (!text.includes("Drydock")) throw new Error("the page does not say Drydock");
'
for pid in $(servers); do
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q server/web.ts || continue
  web=$pid
done
grep -q "^Uid:.$(id -u drydock)[^0-9]" "/proc/$web/status" || fail "web does not run as the user drydock"
grep -q '^CapEff:.0000000000000000$' "/proc/$web/status" || fail "web has capabilities"
grep -q '^CapBnd:.0000000000000000$' "/proc/$web/status" || fail "web could gain capabilities"
grep -q '^NoNewPrivs:.1$' "/proc/$web/status" || fail "web could gain privileges"

say "changed code is started by the next up"
echo '// changed' >>server/main.ts
./drydock up
[ "$(servers)" != "$before" ] || fail "up left the old code running"

say "down leaves nothing behind"
./drydock down
nothing_left

say "down after a crash leaves nothing behind"
./drydock up
sh test/bare/build-and-run.sh
# shellcheck disable=SC2046
kill -9 $(servers)
./drydock down
nothing_left

if [ "${1:-}" = tests ]; then
  say "all tests"
  ./drydock test
  nothing_left
fi
echo BARE-OK
