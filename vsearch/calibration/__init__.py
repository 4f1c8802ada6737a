"""What a score means: fitted on a collection's own pictures, without labels."""
