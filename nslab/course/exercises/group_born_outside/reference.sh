for pid in $(pgrep -P @script@); do
    echo $pid > @limited@/cgroup.procs
done
