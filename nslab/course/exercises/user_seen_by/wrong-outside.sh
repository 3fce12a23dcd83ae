# not yet: read in inner: wanted what you have reckoned; found another than
# It is the number on the machine, which none of the four sees.
id="$(id -u)"
echo "$id $id $id $id"
