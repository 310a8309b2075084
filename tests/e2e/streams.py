"""A stream that a thread reads while the test does something to the relay."""

import http.client
import json
import threading

from tests.e2e.instances import steer, until

ASKED = {
    "model": "m",
    "stream": True,
    "messages": [{"role": "user", "content": "Please book a berth."}],
}


class Stream:
    """Begun by `start`; `broken` and `body` say how it ended."""

    def __init__(self, address: tuple[str, int], path: str, steering: str) -> None:
        self.connection = http.client.HTTPConnection(*address, timeout=30)
        self.path = path
        self.steering = steering
        self.body = b""
        self.broken = False
        self.thread = threading.Thread(target=self.read)

    def start(self) -> "Stream":
        """Return once its first bytes are there."""
        self.thread.start()
        until(lambda: self.body, "the stream's first bytes")
        return self

    def read(self) -> None:
        headers = {"content-type": "application/json", **steer(self.steering)}
        try:
            self.connection.request("POST", self.path, json.dumps(ASKED), headers)
            answer = self.connection.getresponse()
            while more := answer.read1(65536):
                self.body += more
        except (http.client.HTTPException, OSError):
            self.broken = True
        finally:
            self.connection.close()

    def end(self) -> "Stream":
        self.thread.join(30)
        assert not self.thread.is_alive()
        return self

    @property
    def is_whole(self) -> bool:
        return not self.broken and self.body.endswith(b"data: [DONE]\n\n")
