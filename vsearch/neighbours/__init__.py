"""The nearest products of every product, in one batch."""
