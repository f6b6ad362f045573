"""
A request to stop (Ctrl-C, a signal to end) that nothing can swallow.

A library in the middle of a query turns an interruption into an error of its own, or into a check that could not be
made, and the run would go on. So a thread of its own waits for the signals, cleans up and ends the process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopping(clean: Callable[[], None], code: int) -> Iterator[None]:
    """While open, a request to stop kills the worker processes, calls `clean` and ends this process with `code`."""
    # Threads and processes started from now on inherit the mask, so that the signals reach nobody but the waiter.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    done = threading.Event()

    def wait() -> None:
        signal.sigwait(SIGNALS)
        if done.is_set():
            return
        for child in multiprocessing.active_children():
            child.kill()
        clean()
        os._exit(code)

    waiter = threading.Thread(target=wait, daemon=True, name="interruption")
    waiter.start()
    try:
        yield
    finally:
        done.set()
        if waiter.ident is not None and waiter.is_alive():
            signal.pthread_kill(waiter.ident, signal.SIGHUP)
        waiter.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
