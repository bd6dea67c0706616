"""Speech recognition: engines behind the ``ASR`` protocol."""
