web=$(@nslab@ enter uts-same-name.web readlink /proc/self/ns/uts)
for role in db cache mail; do
    if [ "$(@nslab@ enter uts-same-name.$role readlink /proc/self/ns/uts)" = "$web" ]; then
        echo uts-same-name.$role
    fi
done
