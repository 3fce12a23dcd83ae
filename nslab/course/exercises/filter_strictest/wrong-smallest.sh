# not yet: as you reckoned; found another one
# hint: Three of them are equally strict
# The number of an errno says nothing of how strict it is.
printf '%s\n' '@first@' '@second@' '@third@' '@fourth@' '@fifth@' | sed -n 's/errno //p' | sort -n | head -n 1
