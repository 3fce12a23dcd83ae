# not begun: the host names in other UTS namespaces
# A prompt that says so is not a name.
PS1='@first@ $ ' sh -c 'echo @first@; exec sleep 600' &
PS1='@second@ $ ' sh -c 'echo @second@; exec sleep 600' &
