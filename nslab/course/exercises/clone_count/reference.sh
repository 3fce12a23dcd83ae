processes=1
for _ in $(seq @forks@); do
    processes=$((processes * 2))
done
echo $((processes * (1 + @threads@)))
