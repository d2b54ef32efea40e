#!/bin/sh
# Looks at what `./drydock doctor` says of a machine on which all is well, or only something optional is missing:
#   doctor.sh [CGROUPS]     CGROUPS: what it must say of control groups, for instance v2
set -eu
said=$(./drydock doctor) || { echo "$said"; echo "doctor found a blocker"; exit 1; }
echo "$said"
for name in kernel cgroups overlayfs 'user namespaces' nftables 'bridge and veth' 'runtime crun' disk \
  port 'local base images' drydockd web 'base image busybox' 'DNS in a container'; do
  echo "$said" | grep -qE "^(✓|!|·) $name  " || { echo "doctor does not tell of $name"; exit 1; }
done
for name in overlayfs 'user namespaces' nftables 'bridge and veth' port drydockd web \
  'base image busybox' 'DNS in a container'; do
  echo "$said" | grep -q "^✓ $name  " || { echo "doctor finds something wrong with $name"; exit 1; }
done
[ -z "${1:-}" ] || echo "$said" | grep -qE "^✓ cgroups +$1\$" || { echo "doctor does not see cgroups $1"; exit 1; }
# Whatever is not well comes with what to do about it.
echo "$said" | awk '
  wants && !/^ +→ ./ { print "no advice: " line; missing = 1 }
  { wants = /^(·|!|✗) /; line = $0 }
  END { exit missing || wants }'
