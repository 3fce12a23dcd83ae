#!/bin/sh
# A filter of seven instructions. Prints, for each question: before | inside | after.
# The shell has no command for it; perl makes any call by its number, and becomes the program that is asked.
filtered() { # filtered ACTION PROGRAM…: PROGRAM under a filter that answers uname() with ACTION
    # shellcheck disable=SC2016
    perl -e '
        my ($action, @program) = @ARGV;
        # Each instruction is: code, how far to jump if true, if false, and a value (struct sock_filter).
        my $code = join "", map { pack "S C C L", @$_ } (
            [0x20, 0, 0, 4],           # load the architecture
            [0x15, 1, 0, @arch@], # is it the one that the number is of?
            [0x06, 0, 0, 0x80000000],  # no: kill
            [0x20, 0, 0, 0],           # load the number of the call
            [0x15, 0, 1, @uname@],          # uname?
            [0x06, 0, 0, oct $action], # yes: the action
            [0x06, 0, 0, 0x7FFF0000]); # no: allow
        syscall(@prctl@, 38, 1, 0, 0, 0) == 0 or die "prctl: $!";  # PR_SET_NO_NEW_PRIVS
        syscall(@seccomp@, 1, 0, pack("S x6 P", 7, $code)) == 0 or die "seccomp: $!";
        exec @program or die "exec: $!"' "$@"
}
errno=$(printf '0x%x' $((0x50000 | @errno@)))
mode() { sed -n 's/^Seccomp:.//p' /proc/self/status; }
status() { "$@" >/dev/null 2>&1; echo $?; }

before=$(status uname)
inside=$(status filtered "$errno" uname)
echo "exit status of the program uname(1): $before | $inside | $(status uname)"
before=$(mode)
inside=$(filtered "$errno" sed -n 's/^Seccomp:.//p' /proc/self/status)
echo "Seccomp of /proc/self/status: $before | $inside | $(mode)"
# A shell says 128 and the number of the signal; SIGSYS is 31.
[ "$(status filtered 0x80000000 uname)" = 159 ] && ended=SIGSYS || ended="no signal"
echo "what ends the process at uname(): not asked | $ended | not asked"
echo "its exit status if it never calls it: not asked | $(status filtered 0x80000000 true) | not asked"
logged=$(status filtered 0x7ffc0000 uname)
[ "$logged" = 0 ] && logged=ok
echo "uname() under one that logs it: not asked | $logged | not asked"
