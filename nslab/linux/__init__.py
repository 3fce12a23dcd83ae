"""The only room that makes system calls or writes to /proc and /sys."""
