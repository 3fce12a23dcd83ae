# not yet: (inner) sees: wanted @new@; found @old@
# The shell that does it sees the new name, and nobody else.
@nslab@ enter uts-root-refused.inner unshare --uts sh -c 'hostname @new@; exec sleep 600' &
