# not yet: the interfaces in room: wanted @otherwise@, as you said; found
# It has not looked in which network namespace the helper is.
kill -KILL @web@
echo @otherwise@
