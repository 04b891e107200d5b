#!/usr/bin/env bash
# Runs the suites under test/wine with the win32 node.exe, against the test DLL:  npm run test:wine [-- SUITE…]
#
#   NAME.wine.ts      inside node.exe
#   cli/NAME.cli.ts   on this side, running the built command line on node.exe
#
# Without a name all of them, the sandbox suite in memory, the examples through the command line, and the mutation test.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# One run at a time: the compiled files are shared. -o: a wineserver that stays behind must not keep the lock.
mkdir -p "$cache" "$cache/tmp"
# Wine runs with the rights of an administrator, and believes nothing below a folder that everybody may write to: not /tmp
export TMPDIR=$cache/tmp
[ -n "${WFPCTL_WINE_LOCKED:-}" ] || exec env WFPCTL_WINE_LOCKED=1 flock -o "$cache/test.lock" "$0" "$@"

"$root/scripts/wine/setup.sh"

# The server outlives each node.exe: the next one starts in half the time, and none meets a server that is just leaving.
wineserver -p120 </dev/null >/dev/null 2>&1 || true

# node.exe gets plain JavaScript: sources and tests compiled beside each other, data and packages linked.
build=$cache/build
compile() {
  rm -rf "$build"
  mkdir -p "$build/test"
  (cd "$root" && node node_modules/typescript-7/bin/tsc -p tsconfig.json --noEmit false --outDir "$build" --rootDir .)
  cp -r "$root/test/fixtures" "$build/test/"
  cp "$root/scripts/wine/run-tests.mjs" "$root/package.json" "$build/"
  ln -s "$root/node_modules" "$root/schemas" "$root/examples" "$build/"
}

windows_path() { echo "Z:${1//\//\\}"; }

# Every suite has an engine of its own: a fresh folder for the state, a fresh file for the trace. $2: another DLL
run_suite() {
  local work code=0
  work=$(mktemp -d)
  WFPCTL_FWPUCLNT=$(windows_path "$cache/dll/${2:-fwpuclnt}.dll") \
  WFPCTL_TEST_DLL_STATE=$(windows_path "$work/state") \
  WFPCTL_TEST_DLL_TRACE=$(windows_path "$work/trace.jsonl") \
    "$root/scripts/wine/run-node.sh" "$(windows_path "$build/run-tests.mjs")" "$(windows_path "$1")" || code=$?
  rm -rf "$work"
  return $code
}

run_command_line_suite() {
  (cd "$root" && WFPCTL_WINE_CACHE=$cache npx vitest run --config test/wine/vitest.config.ts --reporter=verbose "/$1.cli.ts")
}

compile
suites=("$@")
[ ${#suites[@]} -gt 0 ] || mapfile -t suites < <(cd "$root/test/wine" && ls -- *.wine.ts cli/*.cli.ts | sed -E 's/\.(wine|cli)\.ts$//; s/^cli\///')
failed=()
for suite in "${suites[@]}"; do
  echo "== $suite"
  if [ -f "$root/test/wine/cli/$suite.cli.ts" ]; then run_command_line_suite "$suite" || failed+=("$suite")
  else run_suite "$build/test/wine/$suite.wine.js" || failed+=("$suite"); fi
  [ "$suite" = provider ] || continue
  for older in fwpuclnt-win8 fwpuclnt-win7; do
    echo "== provider on $older"
    run_suite "$build/test/wine/provider.wine.js" $older || failed+=("provider on $older")
  done
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
