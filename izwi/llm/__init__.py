"""Language models: engines behind the ``LLM`` protocol."""
