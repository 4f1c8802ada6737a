"""From RGB pictures to L2-normalised embeddings."""
