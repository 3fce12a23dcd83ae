#!/bin/sh
# Root inside, nobody in particular outside. Prints: host before | inside | host after.
# Root becomes uid 1000 first, so that nothing here has a privilege on the host.
as="env"
[ "$(id -u)" != 0 ] || as="setpriv --reuid=1000 --regid=1000 --clear-groups"
root="$as unshare --user --map-root-user"
caps='sed -n "s/^CapEff:\t//p" /proc/self/status'
count() { # the bits that are set in a hexadecimal number
    n=$(printf %d "0x$1") bits=0
    while [ "$n" -gt 0 ]; do bits=$((bits + (n & 1))) n=$((n >> 1)); done
    echo $bits
}
word() { case $1 in *"ermitted"* | *"ermission denied"*) echo EPERM ;; "") echo ok ;; *) echo "$1" ;; esac; }
own=$($as id -u)

echo "uid of the process: $own | $($root id -u) | $own"
for name in uid_map gid_map setgroups; do
    host=$(xargs </proc/self/$name)
    echo "/proc/self/$name: $host | $($root cat /proc/self/$name | xargs) | $host"
done
echo "setgroups(0): – | $(word "$($root setpriv --groups=0 true 2>&1 | sed 's/.*setgroups failed: //')") | –"

echo "uid of a process without a map: $own | $($as unshare --user id -u) | $own"
echo "owner of /etc/passwd, whose id is not mapped: $(stat -c %u /etc/passwd) | $($root stat -c %u /etc/passwd) | $(stat -c %u /etc/passwd)"

# sed is another program: these are the capabilities after execve().
host=$(count "$($as sh -c "$caps")")
inside=$(count "$($root sh -c "$caps")")
echo "capabilities in effect: $host | $inside | $host"
echo "capabilities of uid 0 inside, after execve(): – | $inside | –"
other=$($as unshare --user --map-users=@inside@,"$own",1 --map-groups=@inside@,"$($as id -g)",1 sh -c "$caps" 2>/dev/null) ||
    other=$($as unshare --user --map-user=@inside@ sh -c "$caps")
echo "capabilities of uid @inside@ inside, after execve(): – | $(count "$other") | –"

echo "hostname of the host: – | $(word "$($root hostname "$(uname -n)" 2>&1)") | –" | sed 's/hostname: you must be root.*| –/EPERM | –/'
echo "mounts of the host: – | $(word "$($root nsenter mount -t tmpfs nslab /mnt 2>&1)") | –" | sed 's/mount: .*| –/EPERM | –/'
echo "clock of the host: – | $(word "$($root date -s "@$(date +%s)" 2>&1 >/dev/null)") | –"
echo "hostname of its own: – | $(word "$($root --uts hostname "$(uname -n)" 2>&1)") | –"
echo "mounts of its own: – | $(word "$($root --mount mount -t tmpfs nslab /mnt 2>&1)") | –"
