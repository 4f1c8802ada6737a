"""What to show beside a product, to a shopper, with a basket."""
