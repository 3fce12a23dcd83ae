import re

def groups(pid, word):
    lines = open(f"/proc/{pid}/mountinfo").read()
    return dict(re.findall(rf" (/srv/\w+) [^-]*\b{word}:(\d+)", lines))

heard = groups("@here_pid@", "shared")
peers, masters = groups("@there_pid@", "shared"), groups("@there_pid@", "master")
print(*[at.removeprefix("/srv/") for at, group in heard.items() if group in (peers.get(at), masters.get(at))])
