"""What patch tokens tell beside an embedding: where the things in a picture are, and why it
was found."""
