# not yet: /srv/kept/@which@ holds: wanted what you say; found another than @which@
# The name of the file is the colleague's label.
echo @which@
