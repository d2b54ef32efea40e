#!/bin/sh
# What an operator does on a virtual machine of their own, in /src: up, containers with limits, down; up --install, a
# restart of the service, a reboot, down --uninstall. Runs at every boot; /src/stage says where it goes on. Ends with VM-OK.
# Or, when /src/wanted-tests names some, `./drydock test` of these.
set -eu
if [ -e wanted-tests ]; then
  export DRYDOCK_TEST_SHARED=/src/.drydock/test-shared DRYDOCK_TEST_PATIENCE=15
  # shellcheck disable=SC2046
  ./drydock test $(cat wanted-tests)
  echo VM-OK
  exit
fi
export DRYDOCK_PREPARE=0 # images are made when they are asked for: under emulation each takes minutes
export DOCKER_HOST=unix:///run/drydock/drydock.sock DOCKER_BUILDKIT=0
say() { printf '\n### %s\n' "$1"; }
fail() {
  printf 'FAILED: %s\n' "$1"
  tail -n 20 /var/lib/drydock/log/*.log || true
  exit 1
}
# Prints what a command says, and fails unless it is as expected: sees WORDS COMMAND...
sees() {
  wanted=$1
  shift
  said=$("$@" 2>&1) || { echo "$said"; fail "$* failed"; }
  echo "$said" | grep -qE -- "$wanted" || { echo "$said"; fail "$* does not show: $wanted"; }
}
within() { # SECONDS COMMAND...
  end=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt "$end" ] || fail "in vain: $*"
    sleep 1
  done
}
lines() { docker logs "$1" 2>/dev/null | wc -l; }
grows() { # a container that counts goes on, and no number is missing
  n=$(lines "$1")
  within 60 sh -c "[ \$(docker logs $1 2>/dev/null | wc -l) -gt $((n + 2)) ]"
  docker logs "$1" | awk '$1 != NR { print "line " NR " is " $1; bad = 1 } END { exit bad }' || fail "$1 lost output"
}
count='i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done'

first_boot() {
  say "cgroup v2, systemd, Debian's kernel $(uname -r)"
  [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || fail "this is no machine with cgroup v2"
  ./drydock up --port 8099
  sees 'busybox' docker pull busybox
  sh test/bare/doctor.sh v2 || fail "doctor"

  say "a build and a run"
  mkdir -p /tmp/context
  printf 'FROM busybox\nRUN echo built > /made\nCMD ["cat", "/made"]\n' >/tmp/context/Dockerfile
  sees 'Successfully built' docker build -t app /tmp/context
  sees '^built$' docker run --rm app

  say "AppArmor confines containers, execs and build steps"
  if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && [ -x /usr/sbin/apparmor_parser ]; then
    profile='^drydock-default \(enforce\)$'
    sees "$profile" docker run --rm busybox cat /proc/self/attr/current
    sees "$profile" docker run --rm --runtime runc busybox cat /proc/self/attr/current
    docker run -d --name confined busybox sleep 1000
    sees "$profile" docker exec confined cat /proc/self/attr/current
    sees '^drydock-default$' docker inspect -f '{{.AppArmorProfile}}' confined
    docker rm -f confined
    printf 'FROM busybox\nRUN cat /proc/self/attr/current\n' >/tmp/context/Dockerfile
    sees "$profile" docker build --no-cache -t app /tmp/context
  else
    echo "not here: the kernel has none, or the package apparmor could not be installed"
  fi

  say "limits: memory, processes, CPU"
  status=0
  docker run --name hog -m 32m busybox tail /dev/zero || status=$?
  [ "$status" = 137 ] || fail "what took too much memory ended with $status"
  sees '^true 137$' docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' hog
  sees '^max 33554432 max 7 50000 100000$' docker run --rm -m 32m --memory-swap -1 --pids-limit 7 --cpus 0.5 busybox \
    sh -c 'cd /sys/fs/cgroup; echo $(cat memory.swap.max memory.max 2>/dev/null) max $(cat pids.max cpu.max)'
  sees '^33554432$' docker run --rm --runtime runc -m 32m busybox cat /sys/fs/cgroup/memory.max

  say "stats, pause"
  docker run -d --name counts -m 64m busybox sh -c "$count"
  sees '/ 64MiB +[1-9][0-9]*$' docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' counts
  grows counts
  docker pause counts
  sees '^paused$' docker inspect -f '{{.State.Status}}' counts
  before=$(lines counts)
  sleep 3
  [ "$(lines counts)" = "$before" ] || fail "a paused container went on"
  docker unpause counts
  grows counts

  say "down leaves nothing behind"
  ./drydock down
  sh test/bare/nothing-left.sh || fail "down"

  say "as a service: killed, it is started again; restarted, containers go on"
  ./drydock up --install
  within 60 systemctl is-active --quiet drydock
  sees '^enabled$' systemctl is-enabled drydock
  docker rm -f hog counts
  docker run -d --name counts --restart always busybox sh -c "$count"
  process=$(docker inspect -f '{{.State.Pid}}' counts)
  service=$(systemctl show -P MainPID drydock)
  kill -9 "$service"
  within 60 sh -c "[ \$(systemctl show -P MainPID drydock) -gt 0 ] && [ \$(systemctl show -P MainPID drydock) != $service ]"
  within 120 systemctl is-active --quiet drydock # not the engine that was left behind, but the one started after it
  grows counts
  systemctl restart drydock
  sees 'Engine' docker version # at once: the unit is up when the engine answers
  grows counts
  [ "$(docker inspect -f '{{.State.Pid}} {{.RestartCount}}' counts)" = "$process 0" ] || fail "the container was started anew"
  within 120 ./drydock status
}

second_boot() {
  say "after a reboot it is there again, with its containers"
  within 180 docker version
  sees '^running$' docker inspect -f '{{.State.Status}}' counts
  before=$(lines counts)
  within 60 sh -c "[ \$(docker logs counts | wc -l) -gt $before ]"
  within 120 ./drydock status

  say "down stops the service, and the next boot would start it; down --uninstall takes it away"
  ./drydock down
  sh test/bare/nothing-left.sh || fail "down"
  sees '^enabled$' systemctl is-enabled drydock
  ./drydock up
  within 60 systemctl is-active --quiet drydock
  ./drydock down --uninstall
  sh test/bare/nothing-left.sh || fail "down --uninstall"
  [ ! -e /etc/systemd/system/drydock.service ] || fail "the unit is still there"
  [ -z "$(systemctl list-unit-files --no-legend drydock.service)" ] || fail "systemd still knows the unit"
  [ -e /var/lib/drydock/metadata.db ] || fail "the data is gone"
}

if [ ! -e stage ]; then
  first_boot
  echo rebooted >stage
  say "reboot"
  sync
  systemctl reboot
  sleep 600 # until it does
else
  second_boot
  echo VM-OK
fi
