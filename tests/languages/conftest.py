"""Property tests of this room run without a deadline: the machine they share may be busy."""

from hypothesis import settings

settings.register_profile("languages", deadline=None, max_examples=60)
settings.load_profile("languages")
