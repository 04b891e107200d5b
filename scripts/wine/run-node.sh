#!/usr/bin/env bash
# Runs the genuine win32 node.exe under Wine:  scripts/wine/run-node.sh ARGUMENTS…
#
# node.exe cannot use Unix pipes as standard streams there (EBADF), so they go through files: standard input is
# $WFPCTL_WINE_STDIN or empty; output appears when the process has ended, and stands in $WFPCTL_WINE_STREAMS meanwhile.
# The exit code is passed on; a signal to this script, or $WFPCTL_WINE_TIMEOUT seconds (600), kills node.exe itself.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

[ -f "$cache/prefix.ready" ] && [ -f "$node_exe" ] || fail 'not set up: run scripts/wine/setup.sh first'

streams=${WFPCTL_WINE_STREAMS:-$(mktemp -d)}
[ -n "${WFPCTL_WINE_STREAMS:-}" ] || trap 'rm -rf "$streams"' EXIT

# koffi looks for its binary package beside itself first, then in NODE_PATH.
NODE_PATH="Z:${cache//\//\\}\\packages\\node_modules" \
  timeout --signal=KILL "${WFPCTL_WINE_TIMEOUT:-600}" "$(find_wine)" "$node_exe" "$@" \
  <"${WFPCTL_WINE_STDIN:-/dev/null}" >"$streams/stdout" 2>"$streams/stderr" &
node=$!
# timeout leads a process group of its own: node.exe must go with it
trap 'kill -KILL -- -$node 2>/dev/null' TERM INT HUP

code=0
wait "$node" || code=$?
# wait returns early when a signal was trapped: the process is dying, its code is the signal's.
cat "$streams/stdout"
cat "$streams/stderr" >&2
exit "$code"
