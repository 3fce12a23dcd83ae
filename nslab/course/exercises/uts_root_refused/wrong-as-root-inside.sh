# not yet: (inner) sees: wanted @new@; found @old@
# The kernel refuses that: EPERM.
@nslab@ enter uts-root-refused.inner hostname @new@
