#!/usr/bin/env bash
# Gives a root file system what this machine needs to reach its own package sources: proxies, registries, authorities.
#
#   machine-settings.sh ROOT
set -euo pipefail
ROOT=$1
if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then
  cp /usr/local/share/ca-certificates/*.crt "$ROOT/usr/local/share/ca-certificates/"
  chroot "$ROOT" update-ca-certificates >/dev/null 2>&1
fi
for file in /etc/apt/apt.conf.d/*proxy* /root/.npmrc; do [ ! -e "$file" ] || cp "$file" "$ROOT$file"; done
