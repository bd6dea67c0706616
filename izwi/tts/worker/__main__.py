"""Run one voice as a service: ``python -m izwi.tts.worker qwen3 --model PATH --port 8100``.

Prints ``port=N`` once it listens. The same command on a machine with a GPU serves any number of Izwis by URL.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading

from izwi.tts.worker import voices

#: Exit status when the port asked for is taken.
PORT_TAKEN = 3


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ``OSError`` when the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(64)
    return listening


def leave_with_parent() -> None:
    """End this process when the one that started it has gone: its end of our standard input closes then."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m izwi.tts.worker", description=__doc__)
    parser.add_argument("voice", choices=sorted(voices.LOADERS), help="which voice")
    parser.add_argument("--model", required=True, help="folder of the checkpoint (or its Hub id)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--language", action="append", default=[], help="a language the checkpoint speaks")
    parser.add_argument("--reference", default="", help="recording of the voice to speak with, where it can be chosen")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    chosen = parser.parse_args()
    try:
        listening = bind(chosen.host, chosen.port)
    except OSError:
        print(f"port {chosen.port} of {chosen.host} is taken", file=sys.stderr)
        sys.exit(PORT_TAKEN)
    if chosen.with_parent:
        leave_with_parent()
    announce = os.dup(1)
    os.dup2(2, 1)  # what the libraries print must not fill a pipe that nobody reads
    try:
        speaker = voices.load(chosen.voice, chosen.model, tuple(chosen.language), chosen.reference)
    except Exception as error:  # of many libraries, each with errors of its own
        sys.exit(f"{chosen.model} cannot be loaded as {chosen.voice}: {type(error).__name__}: {error}")
    import uvicorn

    from izwi.tts.worker.service import application

    server = uvicorn.Server(uvicorn.Config(application(speaker), log_level="warning", access_log=False))
    os.write(announce, f"port={listening.getsockname()[1]}\n".encode())
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
