# not yet: /srv/kept/@which@ holds: wanted what you say; found another than
# It is the name of the sandbox in which the file lies.
@nslab@ enter kept-name.shelf uname -n
