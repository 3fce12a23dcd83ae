# not yet: the boottime of heir is ahead of the machine's: wanted what you have reckoned; found another than @boot@
# It is inherited from the one that it was made in, and that is not the first.
echo @inner@ @mono@ @boot@
