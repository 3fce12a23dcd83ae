"""Which demos run in which container: measured, and written to docs/anywhere.md."""
