# not yet: the boottime of inner is ahead of the machine's: wanted what you have reckoned; found another than @both@
# Offsets are not added: each is against the machine's own clock.
echo @both@ @mono@ @both@
