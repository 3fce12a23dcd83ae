# not yet: wanted @larger@, within 15%; found less than that
# A limit that is met first is not lifted by another one.
print("@larger@")
