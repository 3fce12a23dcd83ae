"""What belongs to the course rather than to the kernel: questions, cell magics."""
