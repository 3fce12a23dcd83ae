# not yet: bytes a second that may be written to @device@ by report, or read: wanted no limit
# Wherever the backup is, it has a limit now; and so has the report.
echo '@wbps_line@' > @backup_wbps@
echo '@wbps_line@' > @jobs_wbps@
