"""Izwi for programs: REST with OpenAI's addresses and shapes, and Izwi's own streams beside them."""
