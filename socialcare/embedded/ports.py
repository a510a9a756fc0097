"""Loopback ports: a free one, or the one that was asked for."""

import errno
import socket

from socialcare.embedded.errors import EmbeddedError

LOOPBACK = "127.0.0.1"


def port_for(name: str, wanted: int | None, *, variable: str) -> int:
    """The wanted port if it is free, any free one if none is wanted.

    Raises EmbeddedError when it is taken or may not be used; `variable` is how the
    reader of that sentence chooses another.
    """
    try:
        return _bound(wanted or 0)
    except PermissionError as error:
        raise EmbeddedError(
            f"This user may not open port {wanted} for {name}: "
            f"choose one above 1023 with {variable}."
        ) from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise EmbeddedError(
            f"Port {wanted}, meant for {name}, is taken by another program: "
            f"end that program, or choose another port with {variable}."
        ) from error


def _bound(port: int) -> int:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        bound: int = listener.getsockname()[1]
        return bound
