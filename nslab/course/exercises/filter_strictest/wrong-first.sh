# not yet: as you reckoned; found another one
# The first filter does not decide: all are asked, and the last one first.
printf '%s\n' '@first@' '@second@' '@third@' '@fourth@' '@fifth@' | sed -n 's/errno //p' | head -n 1
