#!/usr/bin/env bash
# Compiles test/dll into three libraries: today's fwpuclnt.dll, one as old as Windows 8 (no Add3), one as old as
# Windows 7 (no Add2 and no key managers). Compiles only what has changed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

source=$root/test/dll
out=$cache/dll
objects=$out/objects
mkdir -p "$objects"
newest_header=$(find "$source" -name '*.h' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)

# The exports of newer Windows versions stand in these files, behind TEST_DLL_LEVEL.
levelled() { grep -q TEST_DLL_LEVEL "$1"; }

stale() { [ ! -f "$2" ] || [ "$1" -nt "$2" ] || [ "$newest_header" -nt "$2" ]; }

jobs=()
object() {
  local file=$1 level=$2 made=$objects/$3.o
  stale "$file" "$made" && jobs+=("$file" "$level" "$made")
  return 0
}

for file in "$source"/*.c "$source"/shapes/*.c; do
  name=$(basename "$file" .c)
  if levelled "$file"; then for level in 1 2 3; do object "$file" $level "$name-$level"; done
  else object "$file" 3 "$name"; fi
done

[ ${#jobs[@]} = 0 ] || printf '%s\0' "${jobs[@]}" | xargs -0 -n 3 -P "$(nproc)" bash -c '
  exec '"$mingw"' -std=c11 -O1 -g -Wall -Wextra -Werror -DTEST_DLL_LEVEL="$2" -c "$1" -o "$3"' compile

link() {
  local name=$1 level=$2 file files=()
  for file in "$source"/*.c "$source"/shapes/*.c; do
    if levelled "$file"; then files+=("$objects/$(basename "$file" .c)-$level.o")
    else files+=("$objects/$(basename "$file" .c).o"); fi
  done
  [ -f "$out/$name.dll" ] && [ ${#jobs[@]} = 0 ] && return
  "$mingw" -shared -static-libgcc -o "$out/$name.tmp.dll" "${files[@]}" -lole32 -ladvapi32
  mv -f "$out/$name.tmp.dll" "$out/$name.dll"
}

link fwpuclnt 3
link fwpuclnt-win8 2
link fwpuclnt-win7 1
