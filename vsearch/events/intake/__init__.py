"""Events from elsewhere: files and tables, whose columns are called as their makers please."""
