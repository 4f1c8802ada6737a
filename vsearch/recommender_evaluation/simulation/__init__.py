"""A made-up shop over a real catalogue: shoppers with tastes, and what they do.

It stands in where a shop's own events can't: in tests, examples and benchmarks. What its
shoppers like and what goes with what is decided by what the catalogue *says* of its products
(categories, brand, colour, other attributes, price), never by what their pictures look like to
an encoder. So looks help as far as pictures show what shoppers choose by, and no further.

The model, all of it (``options.py`` has the numbers, ``TasteModel`` what counts how much):

*Popularity.* Zipf's law with exponent 0.8 over the products in random order. Its logarithm
wanders: from week to week it keeps 0.9 of its way off and gains a normal step of 0.3.

*New products.* A fifth of the products comes in later, at moments drawn evenly between 0.3 and
1.0 of the time; until then nobody can meet them.

*Tastes.* A shopper has 1 to 4, of random shares. Each is drawn from a product that the shopper
could have bought (by the root of popularity), and is about its category (two tastes of five the
first level, two the second) or its brand. Four of five steps keep to that, the others go
anywhere. Liked beside it are that product's colour (and at times another one), mostly its brand,
its other attributes, and prices near its own, compared with what is usual in the category. How
much each counts is added up to a liking; the chance that a product is met is its popularity
times e to the liking. Every 45 days on average a taste is replaced.

*Sessions.* Shoppers come more or less often (gamma), on average every 15 days. A session follows
one taste, which changes with a chance of 0.15 at each step, over 6 products on average. 15% of
the steps go to what is popular whatever the taste, 5% to what came in within the last 14 days.
Three shoppers in ten have no user id: each of their sessions stands alone.

*Views, clicks, baskets, purchases.* A product that is met is viewed; it is clicked, and then put
into the basket, with chances that rise with the liking. Half of the baskets are bought. Over the
sample catalogue one view in seven ends in a basket: more than in most shops, so that a small
simulation has baskets to learn from.

*What goes with what.* Each category (to the second level) has one to three partners, each with a
probability: mostly others, half of them of the same widest category. That isn't symmetric: a
partner may have quite other partners. Each pair has its own manner: the same brand, the same
colour, the same style (attributes) may count for it or not, and prices near each other do. A
product in the basket calls for such a partner with a chance of 0.45, again and again; it is
viewed, and with a chance of 0.6 it is put into the basket as well. Everything else in a basket
is there because one shopper liked both.

*Other shops.* ``options.py`` has shops in which the same people choose by other things: by brands,
by colours, by themes that show nowhere but in what shoppers do; and rules may be by themes, too. A
recommender that reads categories and brands, as vsearch's does, knows what this shop's tastes are
made of: how much it is ahead where they are categories and brands says little by itself. What it
loses where they are themes says what that knowledge costs.

What it lacks: seasons, promotions, returns, what pictures alone make people want, search and its
position bias, recommendations that feed back into what is bought. Its figures compare methods on
this model; they say nothing of the size of an effect in a shop.
"""
