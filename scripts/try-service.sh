#!/usr/bin/env bash
# Runs the ExecStart of packaging/wfpctl.service at its very paths, as a user without rights, in a mount namespace that stands for the
# unit's ProtectSystem=strict, ProtectHome and PrivateTmp. Needs root (unshare, overlayfs, setpriv) and `npm run build` first.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
[ "${1:-}" = inside ] || exec unshare --mount --propagation private "$root/scripts/try-service.sh" inside
unit=$(cat "$root/packaging/wfpctl.service") # /tmp, where this checkout may lie, will be another
value() { sed -n "s/^$1=//p" <<<"$unit"; }
user=65534

# the machine's own folders stay as they are: what is written here lies in memory and goes with the namespace
package=$(cd "$root" && npm pack --ignore-scripts --silent --pack-destination /tmp)
mount -t tmpfs tmpfs /mnt
mv "/tmp/$package" /mnt/
for place in /etc /usr /var; do
  mkdir -p "/mnt$place/upper" "/mnt$place/work"
  mount -t overlay overlay -o "lowerdir=$place,upperdir=/mnt$place/upper,workdir=/mnt$place/work" "$place"
done

# npm install --global, without a registry
home=/usr/lib/node_modules/wfpctl
mkdir -p "$home/node_modules" /etc/wfpctl
tar -xzf "/mnt/$package" -C "$home" --strip-components 1
mount --bind "$(readlink -f "$root/node_modules")" "$home/node_modules"
chmod +x "$home/dist/cli/main.js"
ln -sf "$home/dist/cli/main.js" /usr/bin/wfpctl
cp "$home"/examples/quickstart/*.yaml /etc/wfpctl/

# what systemd makes for the service, and what it forbids
for sort in State:lib Cache:cache; do
  folder=/var/${sort#*:}/$(value "${sort%:*}Directory")
  install -d -m "$(value "${sort%:*}DirectoryMode")" -o "$user" -g "$user" "$folder"
  mount --bind "$folder" "$folder"
done
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp
for place in /root /home; do mount -t tmpfs -o mode=0000 tmpfs "$place"; done
for place in /etc /usr /var /; do mount -o remount,bind,ro "$place"; done

cd /
umask "$(value UMask)"
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/ \
  STATE_DIRECTORY=/var/lib/wfpctl CACHE_DIRECTORY=/var/cache/wfpctl \
  setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --bounding-set=-all \
  $(value ExecStart) >/tmp/out 2>/tmp/err &
MAINPID=$!
url=http://$(value ExecStart | sed 's/.*--listen //')
ready() { node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$url/readyz"; }
for _ in $(seq 100); do ready && break || sleep 0.2; done
ready || { cat /tmp/out /tmp/err; echo 'it never became ready'; exit 1; }
eval "$(value ExecReload)"
for _ in $(seq 50); do grep -q '"hangup"' /tmp/out && break || sleep 0.2; done
grep -q '"hangup"' /tmp/out || { echo 'ExecReload led to no pass'; exit 1; }
began=$(date +%s%N)
kill -TERM "$MAINPID"
status=0; wait "$MAINPID" || status=$?
cat /tmp/out /tmp/err
echo "owner of the state: $(stat -c '%u %a' /var/lib/wfpctl/sandbox); ended with $status after $((($(date +%s%N) - began) / 1000000)) ms"
[ "$status" = 0 ]
