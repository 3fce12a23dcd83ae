# not yet: whether Docker leaves CAP_CHOWN out by default: wanted yes; found no
# It has that one, and so has every container.
setpriv --list-caps | head -1
