"""What the notebook holds: the host, places, sandboxes and children."""
