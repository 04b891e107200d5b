#!/usr/bin/env bash
# Shifts one offset in the packing tables at a time: the witness (test/wine/packing.wine.ts) must notice each.
# Run after test.sh, whose compiled files it changes in a copy.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

mutant=$cache/mutant
# file below binding/tables/structs | sed expression. Two fields change places: sizes stay, nothing but an offset is wrong.
mutations=(
  'policy.js|s/\bidleTimeoutSeconds: /PLACE: /; s/\bidleTimeoutSecondsFailOver: /idleTimeoutSeconds: /; s/PLACE: /idleTimeoutSecondsFailOver: /'
  'authentication.js|s/\bcertData: /PLACE: /; s/\bcertHash: /certData: /; s/PLACE: /certHash: /'
)

windows_path() { echo "Z:${1//\//\\}"; }

survives() {
  local file=$mutant/src/providers/wfp/binding/tables/structs/${1%%|*} work code=0
  rm -rf "$mutant"
  cp -r "$cache/build" "$mutant"
  sed -i "${1#*|}" "$file"
  cmp -s "$file" "$cache/build/src/providers/wfp/binding/tables/structs/${1%%|*}" && fail "the mutation ${1%%|*} changes nothing any more"
  work=$(mktemp -d)
  WFPCTL_FWPUCLNT=$(windows_path "$cache/dll/fwpuclnt.dll") WFPCTL_TEST_DLL_TRACE=$(windows_path "$work/trace.jsonl") \
    "$root/scripts/wine/run-node.sh" "$(windows_path "$mutant/run-tests.mjs")" "$(windows_path "$mutant/test/wine/packing.wine.js")" \
    >"$work/output" 2>&1 || code=$?
  # red means that properties failed, not that the run never came about
  grep -q 'Property failed' "$work/output" || [ $code = 0 ] || { cat "$work/output"; fail 'the mutant did not run'; }
  rm -rf "$work"
  [ $code = 0 ]
}

for mutation in "${mutations[@]}"; do
  if survives "$mutation"; then fail "the witness does not notice: $mutation"; fi
  echo "noticed: ${mutation%%|*}"
done
rm -rf "$mutant"
