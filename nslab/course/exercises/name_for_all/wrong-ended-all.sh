# not yet: the containers in which their program runs: wanted web, db, cache; found none
# Quiet, but now the containers lack what they need.
kill @web@ @db@ @cache@
sleep 1
@nslab@ enter name-for-all.machine hostname @machine@
