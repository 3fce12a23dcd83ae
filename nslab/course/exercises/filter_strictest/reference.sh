printf '%s\n' '@first@' '@second@' '@third@' '@fourth@' '@fifth@' | sed -n 's/errno //p' | tail -n 1
