import subprocess

# Beside the old one: 127.0.0.1 and the wire's address are different addresses.
serve = "python3 -m http.server @port@ --bind @address@"
server = subprocess.Popen(f"@nslab@ enter net-own-loopback.web {serve}", shell=True)
