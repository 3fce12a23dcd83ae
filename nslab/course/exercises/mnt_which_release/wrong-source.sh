# not yet: the directory that you named: wanted one of release-
# The source of a bind mount in mountinfo is its filesystem, and not its directory.
@nslab@ enter mnt-which-release.web grep ' /srv/current ' /proc/self/mountinfo | sed 's/.* - tmpfs //; s/ .*//'
