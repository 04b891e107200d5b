#!/usr/bin/env bash
# Packs the built project, installs the package into an empty folder, and uses it there as a stranger would: the command, the library and
# the types of handler modules.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$root"
# .npmrc switches scripts of packages off, ours with them
npm run --silent prepack
npm pack --silent --pack-destination "$folder" >/dev/null
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent ./wfpctl-*.tgz
cp -r "$root/examples" .
export WFPCTL_ENGINE=sandbox:$folder/sandbox
npx wfpctl --version
npx wfpctl explain IPsecTunnel.mode >/dev/null
npx wfpctl apply examples/quickstart --auto-approve
npx wfpctl plan examples/quickstart --detailed-exitcode

# the library, and the types of both doors: strict, with what the packages declare checked too
tsc=$root/node_modules/typescript-7/bin/tsc
types=$root/node_modules/@types
node "$tsc" --noEmit --strict --checkJs --allowJs --module nodenext --target es2022 --typeRoots "$types" --types node \
  examples/library/heal.mjs examples/key-manager-module/tia.mts
node examples/library/heal.mjs examples/library "$folder/library" | grep -q 'set default: applied, 1 changed'
node "$tsc" --strict --module nodenext --target es2022 --typeRoots "$types" --types node examples/key-manager-module/tia.mts
npx wfpctl validate examples/key-manager-module
cd examples/key-manager-module
node ../../node_modules/wfpctl/dist/cli/main.js apply --auto-approve --hold &
held=$!
for _ in $(seq 100); do npx wfpctl get KeyManager | grep -q tia && break; sleep 1; done
npx wfpctl sandbox negotiate IPsecTunnel/laboratory
kill -INT "$held"
wait "$held" || true
