# not yet: (inner) sees: wanted @new@; found @old@
# The domain name is the other of the two.
@nslab@ enter uts-root-refused.outer sh -c 'echo @new@ > /proc/sys/kernel/domainname'
