# not yet: s, as you said; found less than that
# A quota is the group's, and not each loop's: this is @each_loop@ s.
echo @each_loop@
