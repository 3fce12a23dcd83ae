# not yet: read in outer: wanted what you have reckoned; found another than @inner@
# Who is translated has not one number everywhere.
echo @inner@ @inner@ @inner@ @inner@
