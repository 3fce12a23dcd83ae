# not yet: as it sees itself: wanted @uid@; found 0
# Another namespace, and again a line for root alone.
@nslab@ enter root-not-root.box unshare --user --map-root-user sh -c 'touch /srv/data/@file@; exec sleep 600' &
