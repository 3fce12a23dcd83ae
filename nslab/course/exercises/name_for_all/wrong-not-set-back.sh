# not yet: the host name of machine, for 1 s: wanted @machine@; found @node@
# The programs are where they belong; the machine still has the name that one of them had set by then.
sleep 1
for agent in web:@web@ db:@db@ cache:@cache@; do
    kill "${agent#*:}"
    @nslab@ enter name-for-all.${agent%:*} unshare --uts sh -c '@loop@' agent-${agent%:*} &
done
sleep 2
