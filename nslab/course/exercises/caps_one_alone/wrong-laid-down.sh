# not yet: the effective set: wanted @capability@; found
# It lays all others down, and the execve() of root takes them up again.
@unshare@ setpriv --inh-caps=-all,+@short@ sleep @seconds@ &
