"""The exercises: a folder for each, with its text, its scene and check, references, and wrong attempts."""
