@unshare@ --pid --fork --mount-proc sleep @seconds@ &
