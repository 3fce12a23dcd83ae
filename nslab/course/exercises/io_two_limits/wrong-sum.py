# not yet: wanted @sum@, within 15%; found less than that
print("@sum@")
