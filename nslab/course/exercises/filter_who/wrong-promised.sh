# not yet: wanted 2; found 0
# It takes one that has promised no_new_privs: all three have.
grep -l '^NoNewPrivs:.1' /proc/@free@/status | tr -dc 0-9
