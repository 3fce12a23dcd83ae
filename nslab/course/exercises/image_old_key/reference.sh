directory=$(mktemp -d)
cd "$directory" && tar -xf @image@
for layer in $(tr -d '[]{}," ' <manifest.json | sed 's/.*Layers://; s/layer.tar/&\n/g'); do
    tar -xOf "$layer" app/key 2>/dev/null && echo
done | tail -1
rm -r "$directory"
