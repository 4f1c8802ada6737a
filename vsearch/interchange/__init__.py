"""What other recommenders' pipelines take over: interactions, items and candidates."""
