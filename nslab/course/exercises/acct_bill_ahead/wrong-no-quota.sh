# not yet: wanted @all_loops@ s, as you said; found less than that
# So much would they use, if each had a CPU, and nobody stopped them.
echo "@all_loops@ s"
