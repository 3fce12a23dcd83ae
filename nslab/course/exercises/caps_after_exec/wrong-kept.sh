# not yet: as you reckoned; found more
# What it has kept in effect is not what uid 0 has after an execve().
echo @few@
