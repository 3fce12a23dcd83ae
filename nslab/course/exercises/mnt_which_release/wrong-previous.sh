# not yet: wanted that of /srv/current
# It reads the right field of the wrong line.
@nslab@ enter mnt-which-release.web grep ' /srv/previous ' /proc/self/mountinfo | cut -d ' ' -f 4
