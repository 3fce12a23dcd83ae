machine=$(@nslab@ enter name-for-all.machine readlink /proc/self/ns/uts)
for agent in web:@web@ db:@db@ cache:@cache@; do
    role=${agent%:*} pid=${agent#*:}
    if [ "$(readlink /proc/$pid/ns/uts)" = "$machine" ]; then
        kill "$pid"
        @nslab@ enter name-for-all.$role unshare --uts sh -c '@loop@' agent-$role &
    fi
done
@nslab@ enter name-for-all.machine hostname @machine@
sleep 2
