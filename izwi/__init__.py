"""Izwi ("voice" in Shona): talk to it in Shona or English and it answers aloud, on two CPU cores."""

import os

# Before any library that computes is imported. Spinning threads starve the other stages. And OpenBLAS (in numpy and
# scipy) winds its threads up before every fork: a product under way in another thread then waits for ever, and the fork
# for it. uvloop forks for every word of espeak-ng, so one such moment stopped the whole server.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
