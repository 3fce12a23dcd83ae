@nslab@ enter root-not-root.box unshare --user --map-user=@uid@ sh -c 'touch /srv/data/@file@; exec sleep 600' &
