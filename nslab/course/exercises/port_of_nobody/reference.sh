shop=$(@nslab@ enter port-of-nobody.shop readlink /proc/self/ns/net)
for role in mail batch stats; do
    if [ "$(@nslab@ enter port-of-nobody.$role readlink /proc/self/ns/net)" = "$shop" ]; then
        @nslab@ enter port-of-nobody.$role sh -c '
            ss -Hltnp "sport = :@port@" | grep -o "pid=[0-9]*" | cut -d = -f 2 | xargs -r kill -9'
    fi
done
