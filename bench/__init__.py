"""What nslab costs, measured side by side with what everyone has: `make bench`."""
