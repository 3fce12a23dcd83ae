"""The playground: the host and sandboxes side by side, with a command line on each."""
