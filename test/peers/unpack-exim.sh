#!/bin/sh
# Usage: unpack-exim.sh FOLDER
#
# Puts Debian's Exim into FOLDER without installing it (installed, it would take Postfix away: both are a
# mail-transport-agent), with the libraries that it needs and the user that it looks for. Prints the path for
# POSTERN_EXIM. Needs root.
set -eu
folder=$1
mkdir -p "$folder"
# Exim gives up root, and starts itself again.
chmod 755 "$folder"
cd "$folder"
apt-get download -qq exim4-daemon-light >&2 || { apt-get update -qq >&2 && apt-get download -qq exim4-daemon-light >&2; }
dpkg-deb -x exim4-daemon-light_*.deb .
# The tests start it as root; nobody else has to become that by it.
chmod u-s usr/sbin/exim4
if ldd usr/sbin/exim4 | grep -q 'not found'; then
  libraries=$(dpkg-deb -f exim4-daemon-light_*.deb Depends | tr ',|' '\n\n' | awk '$1 ~ /^lib/ { print $1 }')
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $libraries >&2
fi
id Debian-exim >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /var/spool/exim4 --shell /usr/sbin/nologin Debian-exim
echo "$PWD/usr/sbin/exim4"
