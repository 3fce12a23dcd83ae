@unshare@ --pid --fork --ipc --uts setpriv --no-new-privs --bounding-set=-all,+@short@ --inh-caps=-all \
    sleep @seconds@ &
