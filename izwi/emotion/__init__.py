"""Emotion: what a voice sounds like, and the manners of the answer."""
