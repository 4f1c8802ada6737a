"""One cell of a feed in, one field of a product out; a cell that can't be is a FieldFault."""
