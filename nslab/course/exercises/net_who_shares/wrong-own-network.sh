# not yet: wanted the host's namespace; found net:[
# It names one that differs, where the one that is the same is asked for.
for role in web db cache; do
    if [ "$(@nslab@ enter net-who-shares.$role readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]; then
        echo net-who-shares.$role
        break
    fi
done
