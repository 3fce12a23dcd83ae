"""The program of the task: `python -m nslab.course.exercises.clone_count.program FORKS THREADS`.

Its output ends when every process has done its lines; all end when their input does.
"""

import os
import sys
import threading

from nslab.linux import process

ALL_HAVE_DONE = 1
"""The descriptor that each process closes when it has done its lines: a reader then sees the end of the file."""


def main(forks: int, threads: int) -> None:
    """Run the lines of the task, and wait."""
    for _ in range(forks):
        process.fork()
    never = threading.Event()
    for _ in range(threads):
        threading.Thread(target=never.wait).start()
    os.close(ALL_HAVE_DONE)
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
