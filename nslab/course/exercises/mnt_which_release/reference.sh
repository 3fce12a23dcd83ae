@nslab@ enter mnt-which-release.web grep ' /srv/current ' /proc/self/mountinfo | cut -d ' ' -f 4
