"""Faults that are the user's to mend: each message is one plain line."""

from __future__ import annotations


class BadInput(ValueError):
    """What was given cannot be used; the command line ends with exit code 2."""
