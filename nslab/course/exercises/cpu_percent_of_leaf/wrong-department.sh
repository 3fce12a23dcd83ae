# not yet: wanted @department@ %, as you said; found
# All that the south has; ben works there, too.
echo @department@
