for file, rule in (("deny", "a"), ("allow", "c 1:3 rw"), ("allow", "c 1:@minor@ rw")):
    with open(f"@directory@/devices.{file}", "w") as f:
        f.write(rule)
