# not begun: processes that have the box's /srv/data
# The kernel says EINVAL: no line of the map has this id.
@nslab@ enter root-not-root.box sh -c 'chown @uid@ /srv/data; setpriv --reuid=@uid@ touch /srv/data/@file@'
