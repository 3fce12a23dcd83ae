# not yet: wanted the namespace of web; found uts:[
# Renamed, and one that kept its name is named.
@nslab@ enter uts-same-name.web hostname renamed
for role in db cache mail; do
    if [ "$(@nslab@ enter uts-same-name.$role hostname)" = "@host@" ]; then
        echo $role
        break
    fi
done
