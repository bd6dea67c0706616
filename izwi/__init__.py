"""Izwi ("voice" in Shona): talk to it in Shona or English and it answers aloud, on two CPU cores."""

__version__ = "0.1.0"
