#!/usr/bin/env bash
# Makes the root file system of a distribution as `debootstrap --variant=minbase` does, from the package sources that
# this machine uses itself, and packs it as a tar.
#
#   make-root.sh SUITE FILE.tar [PACKAGES]     SUITE: bookworm, trixie, jammy, noble; PACKAGES: more of them, with commas
#
# Where this machine is of the other distribution, its mirror is asked for that one too (`…/debian` and `…/ubuntu` side
# by side); DRYDOCK_BARE_SOURCE names another. Exit status 77: this suite is not to be had here, for the reason told.
set -euo pipefail
SUITE=$1 FILE=$2 PACKAGES=apt,ca-certificates${3:+,$3}
without() { echo "$*" >&2; exit 77; }
command -v mmdebstrap >/dev/null || without "needs mmdebstrap"

case $SUITE in
  jammy | noble) distribution=ubuntu components="main universe" ;;
  *) distribution=debian components=main ;;
esac
uris=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' | sort -u)
[ -n "$uris" ] || without "apt has no package sources here: run apt-get update first"
own=$(awk '$2 ~ /^[a-z]+$/ { print $1; exit }' <<<"$uris")
security=$(awk '$2 ~ /-security$/ { print $1; exit }' <<<"$uris")
case ${own%/} in
  */"$distribution") source=$own ;;
  *) source=${own%/} source=${source%/*}/$distribution security= ;;
esac
source=${DRYDOCK_BARE_SOURCE:-$source}
[ "$distribution" = debian ] || security=$source
/usr/lib/apt/apt-helper download-file "${source%/}/dists/$SUITE/Release" "$FILE.release" >"$FILE.log" 2>&1 ||
  without "${source%/} has no $SUITE: name a source that has it in DRYDOCK_BARE_SOURCE"
rm "$FILE.release"

# The other distribution's keys are not on this machine. The root is for one test, and trusts what apt here reaches.
trust=
[ -e "/usr/share/keyrings/$distribution-archive-keyring.gpg" ] || trust="[trusted=yes] "
lines=("deb $trust$source $SUITE $components" "deb $trust$source $SUITE-updates $components")
[ -z "$security" ] || lines+=("deb $trust$security $SUITE-security $components")
mmdebstrap --quiet --variant=minbase --components="${components// /,}" --include="$PACKAGES" \
  --aptopt='Acquire::Check-Valid-Until "false"' "$SUITE" "$FILE.new.tar" "${lines[@]}" >"$FILE.log" 2>&1 || {
  tail -n 5 "$FILE.log" >&2
  echo "mmdebstrap failed" >&2
  exit 125
}
mv "$FILE.new.tar" "$FILE"
