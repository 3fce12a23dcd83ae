"""What the panels of several subsystems share."""
