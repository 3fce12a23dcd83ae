# not yet: the process web: wanted running; found frozen
kill -CONT @web_pid@
