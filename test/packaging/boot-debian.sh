#!/bin/sh
# Starts the systemd of an unpacked Debian as process 1 of namespaces of its own: its only network is its own loopback,
# and its cgroups lie below one that goes with it. Ends when its standard input ends, and everything inside with it.
#
#   boot-debian.sh <root> <file>     the file receives the number of the inner process 1, as it is known outside
set -eu
root=$1 pidfile=$2

cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
own=$cgroups/rtbridge-test-$$
mkdir "$own"
tidy() {
	# A kernel that has just killed needs a moment to forget.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		find "$own" -depth -type d -exec rmdir {} + 2> /dev/null && break
		sleep 0.2
	done
}
trap tidy EXIT

# From within, it is the root of all cgroups.
sh -c 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"' sh "$own" \
	unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child env -i container=rtbridge-test ROOT="$root" \
	PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc '
		ip link set lo up
		# A network for what is announced on networks; its other end leads nowhere.
		ip link add office type veth peer name wall
		ip addr add 10.77.0.1/24 dev office
		ip link set office up
		ip link set wall up
		mount --make-rprivate /
		mount --bind "$ROOT" "$ROOT"
		mount -t proc proc "$ROOT/proc"
		mount -t sysfs -o ro sysfs "$ROOT/sys"
		mount -t cgroup2 none "$ROOT/sys/fs/cgroup"
		mount -t tmpfs tmpfs "$ROOT/run"
		mount -t tmpfs tmpfs "$ROOT/tmp"
		mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
		for each in null zero full random urandom tty; do
			touch "$ROOT/dev/$each"
			mount --bind "/dev/$each" "$ROOT/dev/$each"
		done
		mkdir "$ROOT/dev/pts" "$ROOT/dev/shm"
		mount -t devpts -o newinstance,ptmxmode=0666 devpts "$ROOT/dev/pts"
		ln -s pts/ptmx "$ROOT/dev/ptmx"
		ln -s /proc/self/fd "$ROOT/dev/fd"
		mount -t tmpfs tmpfs "$ROOT/dev/shm"
		cd "$ROOT"
		mkdir -p old
		pivot_root . old
		cd /
		umount -l /old
		# As on every machine with systemd: credentials of a service reach it by a mount that is made elsewhere.
		mount --make-rshared /
		exec env -u ROOT /usr/lib/systemd/systemd --unit=multi-user.target --log-target=journal
	' < /dev/null > /dev/null 2>&1 &
outer=$!
until inner=$(cat "/proc/$outer/task/$outer/children" 2> /dev/null) && [ -n "$inner" ]; do
	kill -0 "$outer"
	sleep 0.05
done
echo "${inner% }" > "$pidfile"
cat > /dev/null
# The kernel ends everything in its namespace with it; unshare itself takes no notice of SIGTERM.
kill -KILL "${inner% }" 2> /dev/null || true
wait "$outer" || true
