# not yet: what worker has taken since it was given: wanted @more@ MiB
echo @worker@ > @procs@
echo @more@
