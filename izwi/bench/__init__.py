"""The bench: recorded users through the real handler over a real connection, beside a rival in the same run."""
