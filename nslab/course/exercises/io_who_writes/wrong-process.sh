# not yet: the job that you named: wanted one of
# The number of a process is no name of a job.
set -- @pids@
echo "$1"
