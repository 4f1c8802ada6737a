"""Visual product search: index a shop's catalogue, find its products by photo."""
