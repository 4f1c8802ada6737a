"""The command line: thin, it only reads options and prints."""
