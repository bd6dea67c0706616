"""Who may use Izwi, for what and how much: keys, tokens, quotas, and what every answer and request is held to."""
