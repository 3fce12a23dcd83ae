#!/bin/sh
# A group wants twice the huge pages that it may have. Needs root. Prints: asked for | expected | measured.
[ "$1" = inside ] || exec unshare --mount --propagation private sh "$0" inside
set -e
overcommit=/proc/sys/vm/nr_overcommit_hugepages
before=$(cat "$overcommit") above=/mnt/hugetlb
mount -t tmpfs nslab /mnt   # only this script sees what it mounts
mkdir /mnt/hugetlb /mnt/pages
mount -t hugetlbfs -o pagesize=@size@ nslab /mnt/pages
if [ -z '@mounts@' ]; then   # v2: its one hierarchy is there
    above='@base@' had=$(cat '@base@/cgroup.subtree_control')
    echo +hugetlb >"$above/cgroup.subtree_control"
else
    mount -t cgroup -o hugetlb nslab "$above"
fi
group=$above/nslab-by-hand
remove() {
    rm -f /mnt/pages/file   # its pages go back to the machine
    echo "$before" >"$overcommit"
    rmdir "$group" 2>/dev/null || { sleep 0.1; rmdir "$group"; }   # busy for a moment after its last process
    if [ '@mounts@' ]; then
        sleep 0.3   # a hierarchy goes with its last mount only when its cgroups have been gone for some moments
    else
        case " $had " in *' hugetlb '*) ;; *) echo -hugetlb >"$above/cgroup.subtree_control" ;; esac
    fi
}
trap remove EXIT
trap 'exit 1' INT TERM

# So many huge pages may be made of free memory, for as long as they are used.
echo $((before + @wanted@)) >"$overcommit"
mkdir -p "$group"
echo $((@pages@ * @size@)) >"$group/@limit_file@"
# No command touches huge pages, but a file in hugetlbfs is made of them; where mmap gets a SIGBUS, fallocate gets ENOSPC.
got=$(
    echo 0 >"$group/cgroup.procs"   # "0" means the writer: this subshell
    page=0
    while [ $page -lt @wanted@ ] && fallocate -o $((page * @size@)) -l @size@ /mnt/pages/file 2>/dev/null; do
        page=$((page + 1))
    done
    echo $page
)
asked='limit @pages@ pages'
echo "pages of @shown@ that it got: $asked | @pages@ | $got"
echo "times the limit was met: $asked | 1 | $(sed -n 's/^@met_key@//p' "$group/@met_file@")"
mib() { echo "$1" | awk '{ print $1 / 2 ^ 20 }'; }
echo "most in use, MiB: $asked | $(mib $((@pages@ * @size@))) | $(mib "$(cat "$group/@usage_file@")")"
