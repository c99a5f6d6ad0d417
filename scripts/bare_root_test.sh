#!/usr/bin/env bash
# Proves that a fresh machine is enough: a minimal Debian 12 in a folder, a clean clone of HEAD in it, and nothing else but the
# package registries. As root; takes both cores for as long as the build and the tests need.
#
# usage: bare_root_test.sh [FOLDER]     FOLDER is made, kept when something fails, and may be given again to go on in it
#        CCACHE_DIR=DIR lends it a compiler cache; KEEP=1 keeps the folder always; COMMAND='./dev run' runs something else than ./dev test
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
folder=${1:-$(mktemp -d /var/tmp/maester-bare.XXXXXX)}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
[ "$(id -u)" = 0 ] || { echo "bare_root_test: needs root, for chroot" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -qy --no-install-recommends debootstrap >&2

mounts=()
undo() {
  local i
  for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do umount "${mounts[i]}" || umount -l "${mounts[i]}"; done
}
trap undo EXIT
mount_in() { # TYPE SOURCE TARGET
  mkdir -p "$folder/$3"
  if [ "$1" = bind ]; then mount --bind "$2" "$folder/$3"; else mount -t "$1" "$2" "$folder/$3"; fi
  mounts+=("$folder/$3")
}

if [ ! -x "$folder/usr/bin/apt-get" ]; then
  debootstrap --variant=minbase bookworm "$folder" "$mirror" >&2
  cat > "$folder/etc/apt/sources.list" <<SOURCES
deb $mirror bookworm main
deb $mirror bookworm-updates main
deb ${mirror%/debian}/debian-security bookworm-security main
SOURCES
fi
# What the surroundings need to reach a registry, if anything: name service, a proxy, its certificate.
cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
if [ -d /usr/local/share/ca-certificates ]; then
  mkdir -p "$folder/usr/local/share/ca-certificates"
  cp -a /usr/local/share/ca-certificates/. "$folder/usr/local/share/ca-certificates/"
fi
mount_in proc proc proc
mount_in bind /dev dev
mount_in tmpfs tmpfs dev/shm
if [ -n "${CCACHE_DIR:-}" ]; then mount_in bind "$CCACHE_DIR" root/.cache/ccache; fi
rm -rf "$folder/root/maester"
git clone -q --no-hardlinks . "$folder/root/maester"
if [ -d "${MAESTER_SHARED:-../shared}" ]; then
  mount_in bind "$(readlink -f "${MAESTER_SHARED:-../shared}")" root/shared
fi

environment=(HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "CI=${CI:-}")
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY PIP_INDEX_URL npm_config_registry; do
  [ -z "${!name:-}" ] || environment+=("$name=${!name}")
done
started=$SECONDS
status=0
env -i "${environment[@]}" chroot "$folder" /bin/bash -c "cd /root/maester && ${COMMAND:-./dev test}" || status=$?
echo "bare_root_test: '${COMMAND:-./dev test}' ended with $status after $(((SECONDS - started) / 60)) min; folder $folder" >&2
undo
mounts=()
if [ "$status" = 0 ] && [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$folder"; fi
exit "$status"
