# not begun: processes that have the box's /srv/data
# A map is written once.
echo "@uid@ $(id -u) 1" >/proc/@box@/uid_map
@nslab@ enter root-not-root.box touch /srv/data/@file@
