"""Merchant feeds: one reader for each format, one iterator of items out."""
