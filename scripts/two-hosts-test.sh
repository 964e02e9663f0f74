#!/usr/bin/env bash
# Run a command where one folder is seen by two hosts: scripts/two-hosts-test.sh COMMAND [ARGUMENT…]
#
# The folder is mounted twice, each time through sshfs and an sftp server of its own, so that what one host
# writes reaches the other through a server, listings and attributes may be seconds old, and a lock that one
# host takes is none for the other. AVSC_HOSTS names the folder that holds the two mounts, node-a and node-b,
# and the program `on`: `on node-a COMMAND` runs a command on the host of that name, with processes of its own.
# Needs root and FUSE, and on Debian the packages sshfs and openssh-sftp-server. What is missing is told, and
# the command then runs without AVSC_HOSTS.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT…]" >&2; exit 2; }
server=/usr/lib/openssh/sftp-server
missing=
[ "$(id -u)" = 0 ] || missing="it needs root"
[ -w /dev/fuse ] || missing="there is no /dev/fuse that may be opened"
for program in sshfs fusermount3 unshare python3 "$server"; do
    command -v "$program" >/dev/null ||
        missing="there is no $program; apt-get install -y --no-install-recommends sshfs openssh-sftp-server"
done
if [ -n "$missing" ]; then
    echo "$0: no two hosts here: $missing" >&2
    exec "$@"
fi

dir=$(mktemp -d /tmp/two-hosts.XXXXXX)
pids=()
finish() {
    for node in node-a node-b; do
        for _ in $(seq 50); do
            mountpoint -q "$dir/$node" || break
            fusermount3 -u "$dir/$node" 2>/dev/null || sleep 0.1
        done
    done
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    # Nothing below a mount is removed with it.
    for node in node-a node-b; do mountpoint -q "$dir/$node" && return; done
    rm -rf "$dir"
}
trap finish EXIT
mkdir "$dir/store" "$dir/node-a" "$dir/node-b"

mount='
import os, socket, subprocess, sys
server, store, place = sys.argv[1:]
ours, theirs = socket.socketpair()
subprocess.Popen([server], stdin=theirs, stdout=theirs)
theirs.close()
os.dup2(ours.fileno(), 0)
os.dup2(ours.fileno(), 1)
options = "passive,dcache_timeout=30,attr_timeout=0,entry_timeout=0"
os.execvp("sshfs", ["sshfs", ":" + store, place, "-o", options, "-f"])
'
for node in node-a node-b; do
    python3 -c "$mount" "$server" "$dir/store" "$dir/$node" &
    pids+=($!)
    for _ in $(seq 100); do mountpoint -q "$dir/$node" && break; sleep 0.1; done
    mountpoint -q "$dir/$node" || { echo "$0: mounting $dir/$node failed" >&2; exit 1; }
done

cat > "$dir/on" <<'END'
#!/bin/sh
exec unshare --uts --pid --fork --kill-child --mount-proc sh -c 'hostname "$0"; exec "$@"' "$@"
END
chmod 755 "$dir/on"
export AVSC_HOSTS=$dir
"$@"
