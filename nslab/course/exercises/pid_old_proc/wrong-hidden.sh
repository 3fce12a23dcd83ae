# not yet: wanted those of its own pid namespace; found none
# Nobody's passwords are seen any more, but ps and kill are of no use.
@nslab@ enter pid-old-proc.web mount -t tmpfs none /proc
