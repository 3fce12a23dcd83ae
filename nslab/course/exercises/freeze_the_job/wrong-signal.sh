# not begun: the processes of the job: wanted @count@ frozen; found @count@ stopped by a signal
# hint: The job is told of a signal
kill -STOP @pids@
