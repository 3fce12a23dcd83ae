for role in web db cache; do
    if [ "$(@nslab@ enter net-who-shares.$role readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ]; then
        echo net-who-shares.$role
    fi
done
