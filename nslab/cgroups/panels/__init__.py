"""The panels of the subsystems: one file for each, and what they share."""
