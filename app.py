"""The Space's entry: ``python app.py [--share]`` opens Izwi on port 7860 (``IZWI_PORT``)."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import sys

from izwi.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
