#!/usr/bin/env bash
# Runs the suites under test/wine with the win32 node.exe, against the test DLL:  npm run test:wine [-- SUITE…]
# Without a name also the sandbox suite in memory, the examples through the command line, and the mutation test.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/wine/setup.sh"

# node.exe gets plain JavaScript: sources and tests compiled beside each other, data and packages linked.
build=$cache/build
compile() {
  rm -rf "$build"
  mkdir -p "$build/test"
  (cd "$root" && npx tsc -p tsconfig.json --noEmit false --outDir "$build" --rootDir .)
  rm -rf "$build/test/fixtures"
  cp -r "$root/test/fixtures" "$build/test/"
  cp "$root/scripts/wine/run-tests.mjs" "$root/package.json" "$build/"
  ln -s "$root/node_modules" "$root/schemas" "$root/examples" "$build/"
}

windows_path() { echo "Z:${1//\//\\}"; }

# Every suite has an engine of its own: a fresh folder for the state, a fresh file for the trace.
run_suite() {
  local work code=0
  work=$(mktemp -d)
  WFPCTL_FWPUCLNT=$(windows_path "$cache/dll/fwpuclnt.dll") \
  WFPCTL_TEST_DLL_STATE=$(windows_path "$work/state") \
  WFPCTL_TEST_DLL_TRACE=$(windows_path "$work/trace.jsonl") \
    "$root/scripts/wine/run-node.sh" "$(windows_path "$build/run-tests.mjs")" "$(windows_path "$1")" || code=$?
  rm -rf "$work"
  return $code
}

compile
suites=("$@")
[ ${#suites[@]} -gt 0 ] || mapfile -t suites < <(cd "$root/test/wine" && ls -- *.wine.ts | sed 's/\.wine\.ts$//')
failed=()
for suite in "${suites[@]}"; do
  echo "== $suite"
  run_suite "$build/test/wine/$suite.wine.js" || failed+=("$suite")
done
if [ $# = 0 ]; then
  # the sandbox that keeps nothing needs no native module but koffi: the same suite on the Windows ABI
  echo '== sandbox in memory'
  WFPCTL_TEST_NAME='the memory sandbox' run_suite "$build/test/providers/wfp/sandbox/library.test.js" >"$cache/sandbox.log" || failed+=(sandbox)
  grep ' passed, ' "$cache/sandbox.log"
  echo '== examples'
  "$root/scripts/wine/examples.sh" || failed+=(examples)
  echo '== mutation'
  "$root/scripts/wine/mutation.sh" || failed+=(mutation)
fi
[ ${#failed[@]} = 0 ] || fail "failed under Wine: ${failed[*]}"
echo "all suites passed under Wine: ${suites[*]}"
