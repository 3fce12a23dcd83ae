for place in inner outer neighbour blank; do
    seen="$seen $(@nslab@ enter user-seen-by.$place awk '/^Uid/ { print $3 }' /proc/@pid@/status)"
done
echo $seen
