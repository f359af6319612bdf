"""Clients that break HTTP or the limits, on purpose or by accident."""
import json
import time

import pytest

from support import pictures
from support.wire import Closed

GOOD = json.dumps({"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "model": "mock/gpt-4o"}).encode()


@pytest.fixture(scope="module")
def small(mock, tmp_path_factory):
    """A service that takes bodies of at most 1 MB."""
    from support import config, programs

    home = tmp_path_factory.mktemp("small")
    with programs.Sensorium(home, config.standard(mock, home, server="max_body_mb = 1")) as service:
        yield service
        assert service.alive()


def answer_or_close(wire):
    """The reply to a broken request, or None if the connection was closed without one."""
    try:
        return wire.read_reply()
    except (Closed, BrokenPipeError):
        return None


def test_stated_length_over_the_limit_is_refused_before_the_body(small):
    with small.wire() as wire:
        wire.send(b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n")
        reply = wire.read_reply()
    assert reply.status == 413 and reply.error()["code"] == "too_large"


@pytest.mark.parametrize("path, kind", [("/v1/analyze/image", "application/json"), ("/v1/analyze/upload", "multipart/form-data; boundary=x")])
def test_body_that_grows_over_the_limit_is_refused_while_it_comes(small, path, kind):
    with small.wire() as wire:
        wire.send(f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        start = b'{"prompt":"' if "json" in kind else b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        wire.send(b"%x\r\n" % len(start) + start + b"\r\n")
        piece = b"10000\r\n" + b"a" * 65536 + b"\r\n"
        try:
            for _ in range(200):
                wire.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        reply = answer_or_close(wire)
    assert reply is None or (reply.status == 413 and reply.error()["code"] == "too_large"), reply


def test_client_that_sends_on_after_the_refusal_still_reads_it(small):
    """A well-behaved but late client: it sends 1.5 MB in one go and reads only then."""
    body = b"x" * 1_500_000
    reply = small.call("POST", "/v1/analyze/image", body, {"Content-Type": "application/json"})
    assert reply.status == 413


def test_head_over_the_limit(service):
    with service.wire() as wire:
        try:
            wire.send(b"GET /health HTTP/1.1\r\nHost: t\r\n")
            for i in range(2000):
                wire.send(b"X-Filler-%d: %s\r\n" % (i, b"y" * 100))
        except (BrokenPipeError, ConnectionResetError):
            pass
        reply = answer_or_close(wire)
        assert reply is None or reply.status in (400, 413, 431), reply.status


def test_one_endless_header_line(service):
    with service.wire() as wire:
        try:
            wire.send(b"GET /health HTTP/1.1\r\nX: ")
            for _ in range(64):
                wire.send(b"y" * 16384)
        except (BrokenPipeError, ConnectionResetError):
            pass
        reply = answer_or_close(wire)
        assert reply is None or reply.status in (400, 413, 431)


@pytest.mark.parametrize("request_bytes", [
    b"\r\n\r\n\r\n\r\nGARBAGE\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /health HTTP/1.1\r\nno colon here\r\n\r\n",
    b"GET /health HTTP/1.1\r\n: empty name\r\n\r\n",
    b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nContent-Length: -5\r\n\r\n",
    b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nContent-Length: five\r\n\r\n",
    b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    bytes(range(256)) * 8,
], ids=lambda b: repr(b[:60])[2:58])
def test_malformed_http_is_refused_and_the_connection_closed(service, request_bytes):
    with service.wire(timeout=10) as wire:
        try:
            wire.send(request_bytes)
            wire.socket.shutdown(1)
        except OSError:
            pass
        reply = answer_or_close(wire)
        assert reply is None or 400 <= reply.status < 600
        assert reply is None or reply.status != 500, reply.body
        assert wire.closed_within(10)


def test_client_that_leaves_in_mid_body(service, mock):
    for _ in range(20):
        with service.wire() as wire:
            wire.send(b"POST /v1/analyze/image HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + GOOD)
    assert mock.requests() == []


def test_many_idle_connections_do_not_stop_the_service(service):
    wires = [service.wire() for _ in range(300)]
    try:
        begin = time.monotonic()
        assert service.alive()
        assert time.monotonic() - begin < 2
    finally:
        for wire in wires:
            wire.close()
