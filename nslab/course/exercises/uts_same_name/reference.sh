for sandbox in db:@db@ cache:@cache@ mail:@mail@; do
    if [ "$(readlink /proc/${sandbox#*:}/ns/uts)" = "$(readlink /proc/@web@/ns/uts)" ]; then
        echo ${sandbox%:*}
    fi
done
