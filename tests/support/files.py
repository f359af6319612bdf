"""A small web server on loopback that serves bytes by path, redirects, stalls and counts."""
from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Files:
    """`files[path]` is (bytes, MIME type); /to?URL redirects; /hang never answers; `asked` lists the paths."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}
        self.asked: list[str] = []
        self.gone = threading.Event()  # a client left /hang
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.asked.append(self.path)
                if self.path.startswith("/to?"):
                    self.send_response(302)
                    self.send_header("Location", self.path.partition("?")[2])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif self.path == "/hang":
                    self.connection.settimeout(30)
                    self.connection.recv(1)
                    owner.gone.set()
                    self.close_connection = True
                elif self.path == "/endless":
                    self.send_response(200)
                    self.end_headers()
                    try:
                        while True:
                            self.wfile.write(b"\xff\xd8\xff" + b"x" * 65536)
                    except OSError:
                        owner.gone.set()
                    self.close_connection = True
                else:
                    body, mime = owner.files.get(self.path.partition("?")[0], (None, ""))
                    self.send_response(200 if body is not None else 404)
                    self.send_header("Content-Type", mime or "text/plain")
                    self.send_header("Content-Length", str(len(body or b"")))
                    self.end_headers()
                    self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def left_within(self, seconds: float) -> float | None:
        """Seconds until the client of /hang or /endless left."""
        begin = time.monotonic()
        return time.monotonic() - begin if self.gone.wait(seconds) else None

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
