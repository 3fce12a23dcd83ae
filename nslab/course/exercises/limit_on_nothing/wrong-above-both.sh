# not yet: bytes a second that may be written to @device@ by
# In v1 a limit on a disk does not hold for the groups below; in v2 it does, and slows the report down as well.
echo '@wbps_line@' > @nightly_wbps@
