# not yet: the sandbox that you named: wanted another than uts-same-name.web
# The first one with that name: it is web itself.
for role in web db cache mail; do
    if [ "$(@nslab@ enter uts-same-name.$role hostname)" = "@host@" ]; then
        echo uts-same-name.$role
        break
    fi
done
