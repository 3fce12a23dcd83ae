# It, and all that descend from it.
below() {
    echo "$1"
    for child in $(pgrep --parent "$1"); do
        below "$child"
    done
}
number=$(below @first@ | wc -l)
kill -KILL @first@
echo "$number"
