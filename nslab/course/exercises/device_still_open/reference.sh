for pid in @pids@; do
    if stat -L -c '%Hr:%Lr' /proc/"$pid"/fd/* | grep -qx '1:@minor@'; then
        echo "$pid"
    fi
done
