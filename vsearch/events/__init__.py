"""What shoppers do with products: kept as it comes, read in bulk."""
