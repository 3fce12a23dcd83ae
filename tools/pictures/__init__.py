"""The lessons' pictures, which are drawn once: `python -m tools.pictures` writes notebooks/pictures/*.svg."""
