"""What is said of images wherever demos are listed."""

from nslab.container.about import About

ABOUT = About("images", 1, "18-images", "layers, and what is covered of a root", ("OVERLAY_FS", "NAMESPACES"))
