# not yet: the effective set: wanted @capability@; found CAP_
# One alone, and not the one that was asked for.
@unshare@ setpriv --bounding-set=-all,+@other@ --inh-caps=-all sleep @seconds@ &
