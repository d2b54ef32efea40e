#!/usr/bin/env bash
# Runs a command in a bare Debian or Ubuntu userland on this kernel: nothing installed but what `make-root.sh`
# gives, own mount, pid, net, ipc, uts and cgroup namespaces, own /dev, /proc, /sys and network (outgoing only).
#
#   bare-root.sh SUITE SOURCE COMMAND...     SUITE: bookworm, trixie, jammy, noble; SOURCE is copied to /src
#
# The root is made once and cached in DRYDOCK_BARE_CACHE (/var/tmp/drydock-bare). The exit status is the command's, or 77
# when there can be no such root here, for the reason told on stderr. Needs root, mmdebstrap and slirp4netns.
set -euo pipefail
SUITE=$1 SOURCE=$2
shift 2
CACHE=${DRYDOCK_BARE_CACHE:-/var/tmp/drydock-bare}
stop() { echo "bare-root: $*" >&2; exit 125; }
for program in slirp4netns unshare; do
  command -v $program >/dev/null || { echo "needs $program" >&2; exit 77; }
done

if [ ! -e "$CACHE/$SUITE.tar" ]; then
  mkdir -p "$CACHE"
  "$(dirname "$0")/make-root.sh" "$SUITE" "$CACHE/$SUITE.tar"
fi

WORK=$(mktemp -d "$CACHE/run.XXXXXX") ROOT= SLIRP= BARE=
GROUP=drydock-bare-$$
hierarchies() { find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs ! -path '*/*.*/*' -printf '%h\n' | grep -xE '/sys/fs/cgroup(/[a-z,_]+)?' || true; }
cleanup() {
  [ -z "$SLIRP" ] || kill "$SLIRP" 2>/dev/null || true
  # unshare itself is deaf to signals; with the first process of its namespace all others go.
  for pid in $([ -z "$BARE" ] || pgrep -P "$BARE"); do kill -KILL "$pid" || true; done
  for hierarchy in $(hierarchies); do
    [ -e "$hierarchy/$GROUP" ] || continue
    echo $$ >"$hierarchy/cgroup.procs"
    for _ in $(seq 30); do # its last processes take a moment to go
      find "$hierarchy/$GROUP" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      [ -e "$hierarchy/$GROUP" ] || break
      sleep 0.1
    done
  done
  rm -rf --one-file-system "$WORK"
}
trap cleanup EXIT
trap "exit 143" TERM INT
# The root's control groups begin here, so that it neither sees nor touches those of a Drydock on this machine.
for hierarchy in $(hierarchies); do
  if [ -e "$hierarchy/cgroup.subtree_control" ]; then
    echo '+cpu +memory +pids' >"$hierarchy/cgroup.subtree_control" 2>/dev/null || true
  fi
  mkdir "$hierarchy/$GROUP"
  for file in cpuset.cpus cpuset.mems; do # a new v1 group has none, and takes no process
    [ ! -e "$hierarchy/$file" ] || [ -e "$hierarchy/cgroup.controllers" ] || cat "$hierarchy/$file" >"$hierarchy/$GROUP/$file"
  done
  echo $$ >"$hierarchy/$GROUP/cgroup.procs"
done
ROOT=$WORK/root
mkdir "$ROOT"
tar -C "$ROOT" -xf "$CACHE/$SUITE.tar" --exclude './dev/*'
"$(dirname "$0")/machine-settings.sh" "$ROOT"
cp -a "$SOURCE" "$ROOT/src"

cat >"$WORK/init" <<'INIT'
set -e
root=$1 work=$2
shift 2
mount --bind "$root" "$root"
cd "$root"
mkdir -p old
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 cgroup sys/fs/cgroup
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  umount sys/fs/cgroup
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mkdir sys/fs/cgroup/init # a group that shares out controllers has no processes
  echo $$ >sys/fs/cgroup/init/cgroup.procs
else
  for controller in $(awk '$4 == 1 && $2 > 0 { print $1 }' /proc/cgroups); do
    mkdir -p "sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "sys/fs/cgroup/$controller" 2>/dev/null || rmdir "sys/fs/cgroup/$controller"
  done
fi
mount -t tmpfs -o mode=755,nosuid dev dev
for device in null zero full random urandom tty fuse kmsg loop-control loop0 loop1 loop2 loop3 loop4 loop5 loop6 loop7; do
  [ -e /dev/$device ] || continue
  touch dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir -p dev/pts dev/shm dev/net
touch dev/net/tun
mount --bind /dev/net/tun dev/net/tun
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs shm dev/shm
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o mode=755 run run
mount -t tmpfs tmp tmp
hostname bare
echo '127.0.0.1 localhost bare' >etc/hosts
echo 'nameserver 10.0.2.3' >etc/resolv.conf
ip link set lo up
touch "$work/ready"
while [ ! -e "$work/up" ]; do sleep 0.05; done
pivot_root . old
cd /
umount -l /old
rmdir /old
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm LANG=C.UTF-8 \
  NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$@"
INIT
unshare -m -p -f -u -i -C -n --propagation private --kill-child bash "$WORK/init" "$ROOT" "$WORK" "$@" &
BARE=$!
while [ ! -e "$WORK/ready" ]; do
  sleep 0.05
  kill -0 $BARE 2>/dev/null || stop "the namespaces did not come up"
done
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  for pid in $$ $BARE; do echo "$pid" >"/sys/fs/cgroup/$GROUP/init/cgroup.procs"; done
fi
slirp4netns --configure --mtu=1500 --disable-host-loopback "$(pgrep -P $BARE | head -n 1)" tap0 >"$WORK/slirp.log" 2>&1 &
SLIRP=$!
for _ in $(seq 100); do
  grep -q 'received tapfd\|slirp4netns version' "$WORK/slirp.log" && break
  sleep 0.05
done
sleep 0.3
touch "$WORK/up"
status=0
wait $BARE || status=$?
exit $status
