"""What a program does only while it starts: most of a run's CPU is imports.

Nearly everything that imports make stays until the end, so collecting garbage among it finds nothing and takes a
fifth of their time. Collection is off from the first line until the agent stands; what is there then is
left out of later collections, the one at exit among them.
"""

import gc

from app.deferred_packages import defer_packages


def begin_cold_start() -> None:
    """Before the heavy imports. For programs of our own only: a library must not decide this for its process."""
    gc.disable()
    defer_packages()


def end_cold_start() -> None:
    """When everything is imported and built; without a beginning it does nothing."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
