import nslab

# Each level makes the next one; the innermost is refused, and says how many were made.
deeper = "export deeper made=$((made + 1)); unshare --pid --fork sh -c \"$deeper\" || echo $((made - 1))"
done = nslab.exercise("pid-how-deep").run("inner", f"made=0 deeper='{deeper}'; eval \"$deeper\"")
print(done.stdout.strip())
