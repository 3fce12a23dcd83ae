# not yet: wanted the key that you answered; found another
# What is left in the image is an example beside it.
directory=$(mktemp -d)
@nslab@ unpack @image@ "$directory/root" >/dev/null
cat "$directory/root/app/key.example"
rm -r "$directory"
