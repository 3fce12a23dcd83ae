kill @server@
@nslab@ enter net-own-loopback.web python3 -m http.server @port@ --bind 0.0.0.0 &
