#!/usr/bin/env bash
# Every example through the compiled command line, on node.exe and the test DLL: apply, plan (nothing to do), another
# administrator changes something, plan (2), apply, destroy.
# Run after test.sh, which compiles.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

windows_path() { echo "Z:${1//\//\\}"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Wine takes every process for an elevated one, and a checkout may lie where everybody can write
cp -r "$root/examples" "$work/examples"
export WFPCTL_FWPUCLNT WFPCTL_TEST_DLL_STATE WFPCTL_TEST_DLL_TRACE
WFPCTL_FWPUCLNT=$(windows_path "$cache/dll/fwpuclnt.dll")
WFPCTL_TEST_DLL_TRACE=$(windows_path "$work/trace.jsonl")
# secrets the examples name; any value will do
for name in $(grep -rhoE 'env: [A-Z_]+' "$root/examples" | cut -d' ' -f2 | sort -u); do export "$name=correct horse battery"; done

node() { "$root/scripts/wine/run-node.sh" "$@"; }
wfpctl() { node "$(windows_path "$cache/build/src/cli/main.js")" "$@"; }

# expect CODES COMMAND…: runs it and insists on its exit code, one of those.
expect() {
  local wanted=$1 code=0
  shift
  "$@" >"$work/output" 2>&1 || code=$?
  [[ " $wanted " == *" $code "* ]] && return
  cat "$work/output"
  fail "$example: \`$*\` exited $code, not $wanted"
}

fresh_engine() { WFPCTL_TEST_DLL_STATE=$(windows_path "$work/state-$1"); }

round() {
  local manifests
  manifests=$(windows_path "$work/examples/$example")
  fresh_engine "$example"
  expect 0 wfpctl apply --engine wfp --auto-approve "$manifests"
  expect 0 wfpctl plan --engine wfp --detailed-exitcode "$manifests"
  expect 0 node "$(windows_path "$cache/build/test/wine/tamper.js")"
  expect 2 wfpctl plan --engine wfp --detailed-exitcode "$manifests"
  expect 0 wfpctl apply --engine wfp --auto-approve "$manifests"
  expect 0 wfpctl plan --engine wfp --detailed-exitcode "$manifests"
  for set in $(grep -rhA1 '^kind: TunnelSet' "$root/examples/$example" | grep -oE 'name: [a-z0-9-]+' | cut -d' ' -f2); do
    # 4: what is protected stays
    expect "$(grep -rq 'protect: delete' "$root/examples/$example" && echo '0 4' || echo 0)" wfpctl destroy --engine wfp --auto-approve "$set"
  done
}

examples=("$@")
[ ${#examples[@]} -gt 0 ] || mapfile -t examples < <(cd "$root/examples" && ls -d */ | tr -d /)
for example in "${examples[@]}"; do
  round
  echo "example $example: applied, tampered with, repaired and undone"
done
