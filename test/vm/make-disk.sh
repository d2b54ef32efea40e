#!/usr/bin/env bash
# Makes the disk of a virtual machine with a bare Debian 12: systemd, cgroup v2, Debian's own kernel, and runc,
# which a test runs a container with beside crun.
#
#   make-disk.sh DIRECTORY [PACKAGES]     gets disk.img, vmlinuz and initrd; PACKAGES: more of them, with commas
#
# What is put into its /src is the checkout: at every boot the machine runs /src/test/vm/session.sh with its output on
# the serial console. Needs root. Exit status 77: it cannot be made here, for the reason told.
set -euo pipefail
DIRECTORY=$1 PACKAGES=systemd-sysv,dbus,udev,iproute2,linux-image-cloud-amd64,initramfs-tools,procps,netbase,e2fsprogs,kmod,runc${2:+,$2}
HERE=$(dirname "$(readlink -f "$0")")
mkdir -p "$DIRECTORY"
"$HERE/../bare/make-root.sh" bookworm "$DIRECTORY/root.tar" "$PACKAGES"

ROOT=$(mktemp -d "$DIRECTORY/root.XXXXXX")
trap 'rm -rf "$ROOT"' EXIT
tar -C "$ROOT" -xf "$DIRECTORY/root.tar"
"$HERE/../bare/machine-settings.sh" "$ROOT"
echo vm >"$ROOT/etc/hostname"
printf '127.0.0.1 localhost vm\n' >"$ROOT/etc/hosts"
printf 'nameserver 10.0.2.3\n' >"$ROOT/etc/resolv.conf"
printf '/dev/vda / ext4 rw,relatime 0 1\n' >"$ROOT/etc/fstab"
printf '[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
  >"$ROOT/etc/systemd/network/10-eth.network"
cat >"$ROOT/etc/systemd/system/session.service" <<'UNIT'
[Unit]
Description=The session of the test
After=multi-user.target network-online.target
Wants=network-online.target
[Service]
Type=exec
Environment=HOME=/root
# Through a pipe: on a terminal each step would draw its clock twice a second.
ExecStart=/bin/sh -c '{ cd /src && sh test/vm/session.sh; } 2>&1 | cat >/dev/ttyS0; systemctl poweroff'
[Install]
WantedBy=graphical.target multi-user.target
UNIT
chroot "$ROOT" systemctl -q enable systemd-networkd session
# Tests start their own; these would only take time.
for service in docker-registry redis-server postgresql; do
  [ ! -e "$ROOT/lib/systemd/system/$service.service" ] || chroot "$ROOT" systemctl -q mask "$service"
done
chroot "$ROOT" systemctl -q mask serial-getty@ttyS0 getty@tty1 systemd-networkd-wait-online apt-daily.timer \
  apt-daily-upgrade.timer e2scrub_all.timer dpkg-db-backup.timer fstrim.timer
# The kernel is given to qemu: no time is spent on making another initrd under emulation.
sed -i 's/^update_initramfs=.*/update_initramfs=no/' "$ROOT/etc/initramfs-tools/update-initramfs.conf"
: >"$ROOT/etc/machine-id"
cp -L "$ROOT"/boot/vmlinuz-* "$DIRECTORY/vmlinuz"
cp -L "$ROOT"/boot/initrd.img-* "$DIRECTORY/initrd"
truncate -s 24G "$DIRECTORY/disk.new"
mkfs.ext4 -q -F -m 0 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard -d "$ROOT" "$DIRECTORY/disk.new"
mv "$DIRECTORY/disk.new" "$DIRECTORY/disk.img"
rm "$DIRECTORY/root.tar"
