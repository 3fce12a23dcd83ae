# not yet: wanted @number@ as its last number; found 1
# The process that `nslab ps` lists is the sandbox's first one.
echo @first@
