"""A second kernel as a process (user-mode Linux), for what this machine or this user may not do."""
