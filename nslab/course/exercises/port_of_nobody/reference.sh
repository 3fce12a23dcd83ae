for sandbox in mail:@mail@ batch:@batch@ stats:@stats@; do
    if [ "$(readlink /proc/${sandbox#*:}/ns/net)" = "$(readlink /proc/@shop@/ns/net)" ]; then
        @nslab@ enter port-of-nobody.${sandbox%:*} sh -c '
            ss -Hltnp "sport = :@port@" | grep -o "pid=[0-9]*" | cut -d = -f 2 | xargs -r kill -9'
    fi
done
