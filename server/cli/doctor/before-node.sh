# What can be checked before Node.js is in the checkout, in the words of doctor/*.ts. Sourced by ./drydock; what `up`
# installs by itself is no fault yet. Ends with 1 if something makes containers impossible here.
# shellcheck shell=bash

blockers=0

finding() { # MARK NAME DETAIL [ADVICE]
  printf '%s %-24s %s\n' "$1" "$2" "$3"
  [ -z "${4:-}" ] || printf '  %24s → %s\n' '' "$4"
  [ "$1" != ✗ ] || blockers=1
}

# NAME ADVICE UNSHARE-FLAGS... -- SCRIPT: tried for real, since configuration files do not tell what a sandbox forbids
tried() {
  local name=$1 advice=$2 flags=() said
  shift 2
  while [ "$1" != -- ]; do flags+=("$1") && shift; done
  if said=$(unshare "${flags[@]}" sh -ec "$2" 2>&1); then
    finding ✓ "$name" works
  else
    finding ✗ "$name" "$(tail -n 1 <<<"$said")" "$advice"
  fi
}

check_kernel() {
  local version major minor
  version=$(uname -r)
  IFS=.- read -r major minor _ <<<"$version"
  if [ $((major * 1000 + minor)) -lt 5010 ]; then
    finding ✗ kernel "$version" "Linux 5.10 or newer is needed; 5.19 or newer shares layers between learners"
  elif [ $((major * 1000 + minor)) -lt 5019 ]; then
    finding ! kernel "$version cannot shift the owners of overlay layers" "layers are copied per container, which is slow"
  else
    finding ✓ kernel "$version"
  fi
}

check_cgroups() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    finding ✓ cgroups v2
  elif grep -q '^cgroup /sys/fs/cgroup/memory cgroup ' /proc/self/mounts || grep -q ' cgroup .*memory' /proc/self/mounts; then
    if grep -q ' cgroup2 ' /proc/self/mounts; then finding ✓ cgroups "v1 hybrid"; else finding ✓ cgroups v1; fi
  else
    finding ✗ cgroups "no cgroup file system with memory limits is mounted" "mount cgroup v2: mount -t cgroup2 none /sys/fs/cgroup"
  fi
}

# COMMAND NAME PACKAGE
check_program() {
  if command -v "$1" >/dev/null; then
    finding ✓ "$2" "$(command -v "$1")"
  else
    finding · "$2" "is not installed" "sudo ./drydock up installs it (the package $3)"
  fi
}

check_disk() { # DIRECTORY
  local directory=$1 free
  while [ ! -e "$directory" ]; do directory=$(dirname "$directory"); done
  free=$(df -Pk "$directory" | awk 'NR == 2 { print int($4 / 1024) }')
  if [ "$free" -lt 1000 ]; then
    finding ✗ disk "$free MB free for $1" "make room: images and builds need some GB"
  else
    finding ✓ disk "$free MB free for $1"
  fi
}

check_port() { # PORT
  if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
    finding ✗ port "127.0.0.1:$1 is taken" "choose another: sudo ./drydock up --port $(($1 + 1))"
  else
    finding ✓ port "127.0.0.1:$1 is free"
  fi
}

check_packages() {
  local host
  if ! command -v apt-get >/dev/null; then
    finding ✗ "package source" "there is no apt-get" "Drydock sets itself up on Debian 12 or 13 and Ubuntu 22.04 or 24.04"
    return
  fi
  host=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sed -nE 's,^https?://([^/:]+).*,\1,p' | head -n 1)
  if [ -z "$host" ]; then
    finding ! "package source" "apt has none that is reached over the network" "look at /etc/apt/sources.list*"
  elif getent hosts "$host" >/dev/null; then
    finding ✓ "package source" "$host is found"
  else
    finding ! "package source" "$host is not found" "check /etc/resolv.conf and this machine's network"
  fi
}

doctor_before_node() {
  check_kernel
  check_cgroups
  tried overlayfs "load it with 'modprobe overlay', or use a kernel that has it" --mount -- \
    'd=$(mktemp -d); mount -t tmpfs t "$d"; mkdir "$d/l" "$d/u" "$d/w" "$d/m"; mount -t overlay o -o "lowerdir=$d/l,upperdir=$d/u,workdir=$d/w" "$d/m"; echo x >"$d/m/f"; umount "$d/m"; umount "$d"; rmdir "$d"'
  tried "user namespaces" "allow them: sysctl -w user.max_user_namespaces=100000" \
    --user --map-root-user --net --pid --fork --ipc --uts --mount -- true
  check_program nft nftables nftables
  check_program crun "runtime crun" crun
  check_disk "${DRYDOCK_DATA:-/var/lib/drydock}"
  check_port "${DRYDOCK_PORT:-8080}"
  check_packages
  finding · drydockd "is not set up yet, so neither it nor a container was tried" "sudo ./drydock up"
  return $blockers
}
