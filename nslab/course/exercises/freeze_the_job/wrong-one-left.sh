# not yet: the processes of the job: wanted @count@ frozen; found @left@ frozen, 1 running
# It was moved out beforehand, and so it goes on writing.
echo @first@ > @watch_procs@
echo @freeze@ > @job_file@
