# not yet: the host name of machine, for 1 s: wanted @machine@; found
# It does not last: whoever has renamed it does it again.
@nslab@ enter name-for-all.machine hostname @machine@
