# not begun: the ids of processes in other user namespaces than the machine's
# Root may take any id, and then is it on the machine, too; an ordinary user may not.
setpriv --reuid=@uid@ --regid=@gid@ --clear-groups sleep 600 &
