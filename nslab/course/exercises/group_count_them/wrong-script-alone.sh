# not yet: wanted 1, as you said; found more than that
# Who is born after the move is born where the parent is then.
echo 1
