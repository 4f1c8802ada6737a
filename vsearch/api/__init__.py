"""The service: HTTP over one collection."""
