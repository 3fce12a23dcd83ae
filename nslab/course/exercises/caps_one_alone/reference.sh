@unshare@ setpriv --bounding-set=-all,+@short@ --inh-caps=-all sleep @seconds@ &
