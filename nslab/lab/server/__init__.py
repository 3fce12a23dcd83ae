"""What runs below the notebook: the keeper, the fork server, what a child does, and the wire between them."""
