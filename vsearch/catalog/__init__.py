"""What is sold: products, the feeds they come from and the tables they live in."""
