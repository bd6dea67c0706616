"""How the service is watched and kept well: metrics, logs, traces, and the governor of its load."""
