"""What the notebook holds: the host, places, sandboxes and children."""

# Every place has sandbox(): so sandbox.py, which tells Place its class, is loaded before any place can be used.
from nslab.lab.client import sandbox as sandbox
