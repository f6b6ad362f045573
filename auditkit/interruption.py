"""
A request to stop (Ctrl-C, a signal to end) that nothing can swallow.

A library in the middle of a query turns an interruption into an error of its own, or into a check that could not be
made, and the run would go on. So a thread of its own is told of the signals, cleans up and ends the process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STARTING_SECONDS = 5  # the most that the start of a process is waited for
# Held while a process is being started: one that loses its parent half-way would complain on the terminal.
starting = threading.Lock()
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DONE = b"\0"


@contextmanager
def stopping(clean: Callable[[], None], code: int) -> Iterator[None]:
    """
    While open, a request to stop kills the worker processes, calls `clean` and ends this process with `code`.

    Signals that are ignored (nohup) stay so. Only the main thread may use it.
    """
    told, tell = socket.socketpair()
    tell.setblocking(False)

    def wait() -> None:
        if told.recv(1) == DONE:
            return
        starting.acquire(timeout=STARTING_SECONDS)  # and never given back: nothing is started any more
        _kill_children()
        clean()
        os._exit(code)

    waiter = threading.Thread(target=wait, daemon=True, name="interruption")
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in (number for number, handler in before.items() if handler != signal.SIG_IGN):
        signal.signal(number, _do_nothing)  # the number goes to `tell` in any case
    wakeup = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    waiter.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        tell.send(DONE)
        waiter.join()
        for number, handler in before.items():
            signal.signal(number, handler)
        told.close()
        tell.close()


def _kill_children() -> None:
    """Kill the processes started from here, one that is only just starting included where the system lists it."""
    for child in multiprocessing.active_children():
        child.kill()
    for listed in Path("/proc/self/task").glob("*/children"):
        for number in listed.read_text(encoding="ascii").split():
            with suppress(ProcessLookupError):
                os.kill(int(number), signal.SIGKILL)


def _do_nothing(*_: object) -> None:
    """Take the place of the handler that would raise somewhere."""
