# not yet: wanted 0; found 1
# It takes the signal, and waits for nobody.
@unshare@ --pid --fork python3 -c '
import signal, subprocess, time
signal.signal(signal.SIGTERM, lambda *_: None)
jobs = subprocess.Popen(["true"]), subprocess.Popen(["sleep", "@seconds@"])
while True:
    time.sleep(60)' &
