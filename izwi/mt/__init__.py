"""Machine translation, and the pivot that lets a model without Shona reply in it."""
