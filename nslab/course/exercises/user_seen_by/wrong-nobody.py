# not yet: read in neighbour: wanted what you have reckoned; found another than 65534
# It takes an id for unmapped, because it came through the map of another namespace.
print("@inner@ @outer@ 65534 65534")
