"""A child that does no work: it speaks the control line and misbehaves as it is told.

It writes one line per thing that happens to it to the file `--journal`.
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading
import time

from proxy.recording.control import (
    Beat,
    Begin,
    Control,
    Cover,
    Drain,
    Draining,
    Ready,
    Reload,
    Uncover,
)
from proxy.recording.frames import Decoder, encode_into


def main() -> None:
    options = parse()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    line = socket.socket(fileno=options.control)
    note = Journal(options.journal)
    if options.dies == "at once":
        sys.exit(3)
    messages = received(line)
    begin = next(messages)
    assert isinstance(begin, Begin)
    note(
        "begin",
        name=begin.name,
        secret=begin.secret.decode(),
        settings=len(begin.settings),
    )
    if options.dies == "before ready":
        sys.exit(3)
    if options.nonsense:
        line.sendall(b"nonsense" * 10)
    say(line, Ready())
    if not options.silent:
        threading.Thread(target=beat, args=(line,), daemon=True).start()
    serve(begin, options)
    for message in messages:
        match message:
            case Reload(settings):
                note(
                    "reload", routes=[r["name"] for r in json.loads(settings)["routes"]]
                )
            case Cover(name):
                note("cover", name=name)
            case Uncover(name):
                note("uncover", name=name)
            case Draining():
                note("draining")
            case Drain(delay, limit):
                note("drain", delay=delay, limit=limit)
                if not options.ignores_drain:
                    time.sleep(options.linger)
                    note("end")
                    os._exit(0)
    note("orphan")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int)
    parser.add_argument("--journal")
    parser.add_argument("--dies", default="")
    parser.add_argument("--linger", type=float, default=0.0)
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--nonsense", action="store_true")
    parser.add_argument("--ignores-drain", action="store_true")
    return parser.parse_args()


class Journal:
    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, event: str, **facts: object) -> None:
        with open(self.path, "a") as file:
            pid = os.getpid()
            file.write(json.dumps({"event": event, "pid": pid, **facts}) + "\n")


def received(line: socket.socket):
    decoder = Decoder(Control)
    while data := line.recv(65536):
        yield from decoder.feed(data)


def say(line: socket.socket, message: Control) -> None:
    frame = bytearray()
    encode_into(frame, message)
    line.sendall(frame)


def beat(line: socket.socket) -> None:
    while True:
        say(line, Beat())
        time.sleep(0.1)


def serve(begin: Begin, options: argparse.Namespace) -> None:
    """Answer each connection with the child's name."""

    def accept(sock: socket.socket) -> None:
        sock.setblocking(True)
        while True:
            peer, _ = sock.accept()
            peer.sendall(begin.name.encode())
            peer.close()

    for descriptor in begin.listeners:
        sock = socket.socket(fileno=descriptor)
        threading.Thread(target=accept, args=(sock,), daemon=True).start()


if __name__ == "__main__":
    main()
