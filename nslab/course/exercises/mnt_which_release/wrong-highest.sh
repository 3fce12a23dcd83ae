# not yet: wanted that of /srv/current
# The last number is the newest release, and not the one that was mounted.
@nslab@ enter mnt-which-release.web ls /srv/releases | sort | tail -1
