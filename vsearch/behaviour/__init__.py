"""What shoppers do, counted: what is popular, what is met together."""
