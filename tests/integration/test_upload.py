"""POST /v1/analyze/upload: multipart forms, whole and broken."""
import hashlib

import pytest

from support import pictures


def form(*parts, boundary="----sensorium", end=True):
    """parts: (name, value) or (name, file name, type, bytes)."""
    body = b""
    for name, *rest in parts:
        body += f"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"".encode()
        if len(rest) == 3:
            body += f"; filename=\"{rest[0]}\"\r\nContent-Type: {rest[1]}".encode()
        value = rest[-1]
        body += b"\r\n\r\n" + (value.encode() if isinstance(value, str) else value) + b"\r\n"
    return body + (f"--{boundary}--\r\n".encode() if end else b"")


def upload(service, *parts, **options):
    return service.call("POST", "/v1/analyze/upload", form(*parts, **options), {"Content-Type": "multipart/form-data; boundary=----sensorium"})


FILE = ("file", "a.jpg", "image/jpeg", pictures.JPEG)
MODEL = ("model", "mock/plain;reply=seen")  # a name without a family: 2048 pixels


def test_upload_is_answered(service, mock):
    reply = upload(service, FILE, ("prompt", "Was ist das? 漢"), MODEL, ("max_tokens", "33"), ("detail", "low"))
    assert reply.status == 200, reply.body
    assert reply.json()["result"] == "seen" and reply.json()["schema"] == "sensorium.answer/1"
    (request,) = mock.requests()
    assert request["text"] == "Was ist das? 漢"
    assert request["pictures"][0]["sha256"] == hashlib.sha256(pictures.JPEG).hexdigest()
    assert request["pictures"][0]["detail"] == "low"
    assert request["request"].get("max_tokens", request["request"].get("max_completion_tokens")) == 33


def test_fields_may_come_after_the_file_and_the_prompt_has_a_default(service, mock):
    assert upload(service, MODEL, FILE).status == 200
    assert upload(service, FILE, MODEL).status == 200
    assert [r["text"] for r in mock.requests()] == ["Describe this picture."] * 2


def test_several_files_keep_their_order(service, mock):
    files = [("file", f"{w}.png", "image/png", pictures.png(w, 10)) for w in (30, 10, 20)]
    assert upload(service, *files, MODEL).status == 200
    assert [p["width"] for p in mock.requests()[0]["pictures"]] == [30, 10, 20]


def test_stated_type_does_not_matter(service, mock):
    reply = upload(service, ("file", "letter.txt", "text/plain", pictures.png(12, 12)), MODEL)
    assert reply.status == 200, reply.body
    assert mock.requests()[0]["pictures"][0]["mime"] == "image/png"


def test_large_upload_arrives_whole(service, mock):
    """Over the size that is kept in memory: through the spool."""
    data = pictures.jpeg_of_size(9_000_000)
    reply = upload(service, ("file", "big.jpg", "image/jpeg", data), MODEL)
    assert reply.status == 200, reply.body
    assert mock.requests()[0]["pictures"][0]["sha256"] == hashlib.sha256(data).hexdigest()


def test_upload_in_small_chunks(service, mock):
    body = form(FILE, MODEL)
    with service.wire() as wire:
        wire.send(b"POST /v1/analyze/upload HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; boundary=----sensorium\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(body), 7):
            piece = body[at:at + 7]
            wire.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
        wire.send(b"0\r\n\r\n")
        assert wire.read_reply().status == 200
    assert mock.requests()[0]["pictures"][0]["sha256"] == hashlib.sha256(pictures.JPEG).hexdigest()


def test_upload_can_be_streamed(service):
    body = form(FILE, ("model", "mock/gpt-4o;chunks=4;seq"), ("stream", "true"))
    with service.wire() as wire:
        wire.request("POST", "/v1/analyze/upload", body, {"Content-Type": "multipart/form-data; boundary=----sensorium"})
        status, headers = wire.read_head()
        events = list(wire.read_events(headers))
    assert status == 200 and headers["content-type"].startswith("text/event-stream")
    assert events[-1].data == "[DONE]" and events[-2].name == "result"


@pytest.mark.parametrize("parts, status, code, param", [
    ([MODEL], 400, "invalid_request", "file"),
    ([FILE, MODEL, ("max_tokens", "many")], 400, "invalid_request", "max_tokens"),
    ([FILE, MODEL, ("max_tokens", "5000")], 400, "invalid_request", "max_tokens"),
    ([FILE, MODEL, ("detail", "ultra")], 400, "invalid_request", "detail"),
    ([("file", "a.jpg", "image/jpeg", b""), MODEL], None, None, None),
    ([("file", "a.jpg", "image/jpeg", b"not a picture at all, no"), MODEL], 415, "unsupported_media", None),
    ([("file", "a.jpg", "image/jpeg", pictures.JPEG[:200]), MODEL], 422, "corrupt_media", None),
    ([FILE, ("model", "nobody/x")], 404, "unknown_model", None),
], ids=["no-file", "tokens-text", "tokens-5000", "detail", "empty-file", "letter", "cut-jpeg", "no-such-model"])
def test_bad_form(service, mock, parts, status, code, param):
    reply = upload(service, *parts)
    error = reply.error()
    if status is None:
        assert 400 <= reply.status < 500
    else:
        assert (reply.status, error["code"]) == (status, code), error
    if param:
        assert error["param"] == param
    assert mock.requests() == []


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300,
                                          "application/json", "text/plain", "multipart/form-data; boundary=other"])
def test_bad_content_type_or_boundary(service, content_type):
    reply = service.call("POST", "/v1/analyze/upload", form(FILE, MODEL), {"Content-Type": content_type})
    assert reply.status in (400, 415), reply.body
    assert reply.error()["code"] in ("invalid_request", "unsupported_media")


@pytest.mark.parametrize("body", [
    form(FILE, MODEL, end=False), form(FILE, MODEL)[:200], b"", b"--", b"------sensorium--\r\n", b"------sensorium\r\n\r\n\r\n------sensorium--\r\n",
    b"------sensorium\r\nContent-Disposition: form-data\r\n\r\nx\r\n------sensorium--\r\n",
    b"------sensorium\r\n" + b"X-Long: " + b"y" * 70_000 + b"\r\n\r\nx\r\n------sensorium--\r\n",
], ids=["no-end", "cut", "empty", "dashes", "only-end", "no-headers", "no-name", "endless-part-head"])
def test_broken_multipart_body(service, mock, body):
    reply = service.call("POST", "/v1/analyze/upload", body, {"Content-Type": "multipart/form-data; boundary=----sensorium"})
    assert reply.status == 400, reply.body
    assert reply.error()["code"] == "invalid_request"
    assert mock.requests() == []


def test_the_spool_is_empty_afterwards(start, mock, tmp_path):
    with start() as service:
        data = pictures.jpeg_of_size(9_000_000)
        assert upload(service, ("file", "big.jpg", "image/jpeg", data), MODEL).status == 200
        with service.wire() as wire:  # and one that is given up half-way
            wire.send(b"POST /v1/analyze/upload HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; boundary=----sensorium\r\n"
                      b"Content-Length: 9000000\r\n\r\n" + form(FILE, MODEL)[:500] + b"x" * 100_000)
        assert service.alive()
    left = [p for p in (tmp_path / "state").rglob("*") if p.is_file() and p.stat().st_size > 500_000]
    assert left == []
