"""From embeddings to nearest neighbours."""
