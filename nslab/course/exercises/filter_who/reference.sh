for pid in @pids@; do
    grep -q '^Seccomp:.2' /proc/$pid/status && echo $pid
done
