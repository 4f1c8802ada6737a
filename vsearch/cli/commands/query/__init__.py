"""``vsearch query``: find products."""
