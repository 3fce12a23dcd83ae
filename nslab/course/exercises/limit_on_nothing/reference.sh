echo '@wbps_line@' > @backup_wbps@
echo @pid@ > @procs@
