# not yet: read in blank: wanted what you have reckoned; found another than 0
# An empty map does not make root.
echo @inner@ @outer@ @neighbour@ 0
