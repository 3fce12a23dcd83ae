# not yet: wanted key- and eight characters
# Whoever unpacks the whole image sees what whoever runs it sees: the key is removed.
directory=$(mktemp -d)
@nslab@ unpack @image@ "$directory/root" >/dev/null
cat "$directory/root/app/key" 2>&1 | tail -1
rm -r "$directory"
