"""The write path: bring a collection up to date with a feed."""
