"""A container from its parts: `nslab.Container`, images, what it gets by default, and the comparison of two."""
