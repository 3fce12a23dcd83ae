# not yet: wanted @beside_ben@ %, as you said; found less than that
# That is her part of what the south has, and the south has not all.
echo @beside_ben@
