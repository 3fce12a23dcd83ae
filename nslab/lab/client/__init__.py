"""What the notebook holds: the host, places, sandboxes and children."""

# Every place has sandbox(), so none is to be had before sandbox.py has told Place its class.
from nslab.lab.client import sandbox as sandbox
