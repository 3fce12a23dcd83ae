#!/bin/sh
# A host name of one's own. Prints, for each name: host before | inside | host after.
# An ordinary user needs a user namespace first, in which the child is root.
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user"
domain=/proc/sys/kernel/domainname

host_before=$(uname -n)
domain_before=$(cat $domain)

# The child sets both names and says what it sees; the fifo keeps it alive while the host is asked.
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
mkfifo "$dir/inside" "$dir/end"
# shellcheck disable=SC2086
unshare $as_root --uts sh -c "
    hostname '@hostname@'
    domainname '@domainname@'
    echo \"\$(uname -n) \$(cat $domain)\" >$dir/inside
    read -r _ <$dir/end" &
read -r host_inside domain_inside <"$dir/inside"

echo "hostname: $host_before | $host_inside | $(uname -n)"
echo "domainname: $domain_before | $domain_inside | $(cat $domain)"
echo >"$dir/end"
wait

# Without privilege and without a user namespace, the kernel's answer is EPERM. "nobody" has no capability.
drop=
[ "$(id -u)" != 0 ] || drop="setpriv --reuid=65534 --regid=65534 --clear-groups"
answer=$($drop hostname '@hostname@' 2>&1) && answer=ok || answer=EPERM
echo "sethostname() without CAP_SYS_ADMIN (in the control: with it): not asked | $answer | not asked"
