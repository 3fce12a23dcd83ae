# not begun: wanted @count@ frozen; found @count@ running
echo @freeze@ > @job_file@
echo @thaw@ > @job_file@
