"""The conversation: what is being said, by whom, and what happens next. It knows protocols, not engines."""
