"""The fork server, sandboxes, the registry of what exists, and clean-up."""
