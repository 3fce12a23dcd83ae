echo @freeze@ > @job_file@
