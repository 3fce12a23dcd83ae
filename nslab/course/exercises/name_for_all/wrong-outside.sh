# not yet: the containers in which their program runs: wanted web, db, cache; found none
# They run, with names of their own, but not in their containers.
kill @web@ @db@ @cache@
sleep 1
for role in web db cache; do
    @unshare@ --uts sh -c '@loop@' agent-$role &
done
@nslab@ enter name-for-all.machine hostname @machine@
sleep 1
