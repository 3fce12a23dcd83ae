# not yet: wanted all are seen there; found not seen
# It looks at the list of one side: whether somebody is left in its peer group is not to be seen there.
echo $(grep -oE ' /srv/[a-z]+ [^-]*(shared|master):' /proc/@inner@/mountinfo | cut -d ' ' -f 2)
