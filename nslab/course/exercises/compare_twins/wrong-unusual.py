# not yet: fsize of the two: wanted different; found the same
# A limit that is unusual, and so it is for both.
print("fsize")
