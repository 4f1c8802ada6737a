"""The filter language: ``category:shoes AND price < 50 AND attr.colour = "red"``.

``docs/filters.md`` describes it for those who write filters. Here a text becomes a tree
(``parser``), and a tree a SQL expression with bound parameters (``conditions``).
"""

from vsearch.catalog.filters.filter import Filter, parse_field, parse_filter

__all__ = ["Filter", "parse_field", "parse_filter"]
