# not yet: wanted @department@ %, as you said; found less than that
# All that the south has; ben works there, too.
echo @department@
