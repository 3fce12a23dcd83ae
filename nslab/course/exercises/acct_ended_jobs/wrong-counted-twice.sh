# not yet: wanted @doubled@ euros, as you said; found less than that
# It adds lab and office to chemistry, where they are already.
echo @doubled@
