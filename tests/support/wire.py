"""A raw HTTP/1.1 client on a socket, for clients that do not behave: it sends any bytes, in any pieces,
leaves when it likes, and still reads what a good server answers."""
from __future__ import annotations

import dataclasses
import json
import socket
import struct
import time
from typing import Any, Iterator


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def error(self) -> dict[str, Any]:
        """The error object, after a check of its shape."""
        error = self.json()["error"]
        assert set(error) == {"message", "type", "param", "code", "hint", "request_id"}, error
        assert error["message"] and error["code"] and error["type"], error
        assert error["request_id"] == self.headers["x-request-id"]
        return error


@dataclasses.dataclass
class Event:
    """One server-sent event; `comment` is set for comment lines instead of the rest."""

    id: str | None = None
    name: str = "message"
    data: str = ""
    comment: str | None = None
    at: float = 0.0

    def json(self) -> Any:
        return json.loads(self.data)


class Closed(Exception):
    """The server closed the connection before the reply was complete."""


class Wire:
    def __init__(self, address: tuple[str, int], timeout: float = 30.0):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> int:
        """Ends the connection; returns the time, Unix nanoseconds."""
        self.socket.close()
        return time.time_ns()

    def reset(self) -> int:
        """Ends it with a reset instead of a farewell."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return self.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def request(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        fields = {"Host": "test", "Content-Length": str(len(body)), **(headers or {})}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items())
        self.send(head.encode() + b"\r\n" + body)

    def post_json(self, path: str, value: Any, headers: dict[str, str] | None = None) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def _more(self) -> None:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError as gone:
            raise Closed("connection reset") from gone
        if not data:
            raise Closed("connection closed")
        self.buffer += data

    def _line(self) -> bytes:
        while b"\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def read_head(self) -> tuple[int, dict[str, str]]:
        version, status, *_ = self._line().split(b" ", 2)
        assert version == b"HTTP/1.1", version
        headers: dict[str, str] = {}
        while line := self._line():
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.strip().decode()
        return int(status), headers

    def _exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self._more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._line().split(b";")[0], 16):
            yield self._exactly(size)
            assert self._exactly(2) == b"\r\n"
        while self._line():
            pass

    def _pieces(self, headers: dict[str, str]) -> Iterator[bytes]:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            yield from self._chunks()
        elif "content-length" in headers:
            yield self._exactly(int(headers["content-length"]))
        else:
            while True:
                try:
                    self._more()
                except Closed:
                    break
                piece, self.buffer = self.buffer, b""
                yield piece

    def read_reply(self, head_only: bool = False) -> Reply:
        status, headers = self.read_head()
        bodiless = head_only or status in (204, 304)
        return Reply(status, headers, b"" if bodiless else b"".join(self._pieces(headers)))

    def read_events(self, headers: dict[str, str]) -> Iterator[Event]:
        """Events as they come, each with its time of arrival; ends with the body."""
        text, event, data = b"", Event(), []
        for piece in self._pieces(headers):
            text += piece
            while b"\n" in text:
                raw, text = text.split(b"\n", 1)
                line = raw.rstrip(b"\r").decode()
                if not line:
                    if data or event.name != "message":
                        event.data, event.at = "\n".join(data), time.monotonic()
                        yield event
                    event, data = Event(), []
                    continue
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if not field:
                    yield Event(comment=value, at=time.monotonic())
                elif field == "data":
                    data.append(value)
                elif field == "event":
                    event.name = value
                elif field == "id":
                    event.id = value
                else:
                    raise AssertionError(f"unexpected line in an event stream: {line!r}")
        assert not text, "the stream ended inside of a line"

    def closed_within(self, seconds: float) -> bool:
        """True when the server closes the connection in that time; what it sends before is dropped."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                if not self.socket.recv(65536):
                    return True
            except (ConnectionResetError, BrokenPipeError):
                return True
            except TimeoutError:
                break
        return False
