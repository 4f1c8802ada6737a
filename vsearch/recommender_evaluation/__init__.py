"""How well a recommender finds what shoppers took next."""
