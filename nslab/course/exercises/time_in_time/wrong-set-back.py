# not yet: the monotonic of inner is ahead of the machine's: wanted what you have reckoned; found another than 0
# What nothing was written for is inherited, and not set back.
print("@inner@ 0 @inner@")
