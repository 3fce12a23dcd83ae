# not begun: the ids of processes in user namespaces that you have made
# Root may take any id, and then is it on the machine, too; an ordinary user may not.
setpriv --reuid=@uid@ --regid=@gid@ --clear-groups sleep 600 &
