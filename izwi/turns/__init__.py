"""Turn-taking: when the user speaks, pauses, has finished, or breaks in. Its clock is the count of samples heard."""
