# not begun: wanted another one in its place; found @old@, the old one
# However often it is sent: a handler is what is missing.
kill @old@
kill -TERM @old@
kill -HUP @old@
