# not yet: the file /srv/data/@file@: wanted there; found absent
# The process is who it is to be, and the file lies one directory higher.
@nslab@ enter root-not-root.box unshare --user --map-user=@uid@ sh -c 'touch /srv/@file@; exec sleep 600' &
