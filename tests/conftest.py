"""For every test: in CI, property tests draw the same examples each time, so that a red run can be repeated.

And no test writes to where a real Izwi keeps its keys and sessions.
"""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="izwi-tests-")
