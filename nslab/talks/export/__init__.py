"""A talk as one file: slides with what their cells showed, for a stick, and for paper."""
