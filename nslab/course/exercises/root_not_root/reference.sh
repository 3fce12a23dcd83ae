@nslab@ enter root-not-root.box unshare --user --map-user=@uid@ sh -c 'touch /srv/data/@file@; exec sleep 600' &
until [ -e /proc/@box@/root/srv/data/@file@ ]; do
    sleep 0.1
done
