"""Who may ask for what, how often, how much, and from where."""

from vsearch.api.security.caller import Caller
from vsearch.api.security.dependencies import administering, looking, reading, writing

__all__ = ["Caller", "administering", "looking", "reading", "writing"]
