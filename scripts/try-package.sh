#!/usr/bin/env bash
# Packs the built project, installs the package into an empty folder, and uses it there as a stranger would. Needs `npm run build` first.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$root"
npm pack --ignore-scripts --silent --pack-destination "$folder" >/dev/null
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent ./wfpctl-*.tgz
export WFPCTL_ENGINE=sandbox:$folder/sandbox
npx wfpctl --version
npx wfpctl explain IPsecTunnel.mode >/dev/null
npx wfpctl apply node_modules/wfpctl/examples/quickstart --auto-approve
npx wfpctl plan node_modules/wfpctl/examples/quickstart --detailed-exitcode
