# not yet: the host name of machine, for 1 s: wanted @machine@; found
# Started again as it was, it does again what it did.
for agent in web:@web@ db:@db@ cache:@cache@; do
    kill "${agent#*:}"
    @nslab@ enter name-for-all.${agent%:*} sh -c '@loop@' agent-${agent%:*} &
done
@nslab@ enter name-for-all.machine hostname @machine@
sleep 2
