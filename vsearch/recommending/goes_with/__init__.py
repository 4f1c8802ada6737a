"""What goes with what: learned from what was put together, or the same style elsewhere."""
