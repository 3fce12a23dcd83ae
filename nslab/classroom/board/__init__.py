"""The teacher's page of a class: who is where, who is stuck, who waits for a turn, and what each of them uses."""
