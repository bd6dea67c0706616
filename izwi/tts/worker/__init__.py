"""Heavy voices, each in a process of its own: the service they run in, and the supervisor that keeps it running."""
