"""How the emotion recogniser and the policy of manners are made; ``python -m models.recipes.emotion --help``."""
