"""Recipe of the end-of-turn weights: ``python -m models.recipes.endpoint`` trains, scores and writes them."""
