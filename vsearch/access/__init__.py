"""Who may use the service, and for what: keys, kept beside the catalogue."""
