@nslab@ enter kept-name.shelf nsenter --uts=/srv/kept/@which@ uname -n
