"""How well a collection answers: labelled queries through its own search, measured and shown."""
