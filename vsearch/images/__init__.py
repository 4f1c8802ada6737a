"""From a file, bytes or a URL to an upright RGB picture within bounds."""
