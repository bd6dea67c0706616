"""The page: Gradio Blocks around our own markup, style and client script. Imports nothing of Izwi's."""
