"""Requests that are wrong in every way we could think of: one documented status, code and sentence
each, the field named, and a service that lives on (the fixture checks that)."""
import json
import time

import pytest

from support import pictures

GOOD = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "model": "mock/gpt-4o"}


def without(*names):
    return {k: v for k, v in GOOD.items() if k not in names}


def expect(reply, status, code, param=None):
    assert reply.status == status, (reply.status, reply.body)
    error = reply.error()
    assert error["code"] == code, error
    if param is not None:
        assert error["param"] == param, error
    return error


@pytest.mark.parametrize("body, param", [
    (without("prompt"), "prompt"),
    ({**GOOD, "prompt": 5}, "prompt"),
    ({**GOOD, "prompt": None}, "prompt"),
    ({**GOOD, "prompt": ["a"]}, "prompt"),
    ({**GOOD, "max_tokens": 0}, "max_tokens"),
    ({**GOOD, "max_tokens": 5000}, "max_tokens"),
    ({**GOOD, "max_tokens": -1}, "max_tokens"),
    ({**GOOD, "max_tokens": "12"}, "max_tokens"),
    ({**GOOD, "max_tokens": 1.5}, "max_tokens"),
    ({**GOOD, "max_tokens": 10**30}, "max_tokens"),
    ({**GOOD, "detail": "ultra"}, "detail"),
    ({**GOOD, "detail": 3}, "detail"),
    ({**GOOD, "model": []}, "model"),
    ({**GOOD, "stream": "yes"}, "stream"),
    ({**GOOD, "system": {}}, "system"),
    ({**GOOD, "cache": "sometimes"}, "cache"),
    ({**GOOD, "image_base64": 7}, "image_base64"),
    ({**GOOD, "image_base64": "@@@@"}, "image_base64"),
    ({**GOOD, "image_base64": GOOD["image_base64"][:100] + "*" + GOOD["image_base64"][101:]}, "image_base64"),
    ({**GOOD, "image_base64": ""}, "image_base64"),
    ({**GOOD, "image_base64": "data:image/jpeg;base64,%%%"}, "image_base64"),
    ({**without("image_base64"), "images": "x"}, "images"),
    ({**without("image_base64"), "images": []}, "images"),
], ids=lambda v: json.dumps(v)[-40:] if isinstance(v, dict) else v)
def test_bad_field_is_named(service, body, param):
    error = expect(service.ask(body), 400, "invalid_request", param)
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("images", [[5], [{}], [{"base64": "@@"}], [{"base64": 5}], [{"base64": GOOD["image_base64"]}, {"base64": "!"}]],
                         ids=json.dumps)
def test_bad_picture_in_a_list_is_named_with_its_place(service, images):
    error = expect(service.ask({**without("image_base64"), "images": images}), 400, "invalid_request")
    assert error["param"].startswith(f"images[{len(images) - 1}]"), error


def test_a_request_without_a_picture_says_so(service):
    error = expect(service.ask(without("image_base64")), 400, "invalid_request")
    assert "image" in error["message"] + error["hint"]


@pytest.mark.parametrize("body", [
    b"", b"{", b"nonsense", b"[]", b"null", b'"text"', b'{"prompt":}', b'{"prompt":"a",}', b"{'prompt':'a'}", b'{"prompt":"\x01"}',
    b'{"prompt":"\xff\xfe"}', b'{"prompt":"\\ud800"}', b"[" * 5000, b'{"a":' * 5000, json.dumps(GOOD).encode() + b"}", b"\xef\xbb\xbf{}",
], ids=lambda b: repr(b[:14]))
def test_bodies_that_are_not_a_json_object(service, body):
    expect(service.ask(body), 400, "invalid_request")


def test_data_url_of_another_type_is_read_by_content(service, mock):
    data = pictures.png(20, 10)
    reply = service.ask({**GOOD, "image_base64": pictures.data_url(data, "image/jpeg")})
    assert reply.status == 200, reply.body
    (warning,) = reply.json()["warnings"]
    assert "image/jpeg" in warning and "png" in warning.lower()
    assert mock.requests()[0]["pictures"][0]["mime"] == "image/png"


@pytest.mark.parametrize("data, status, code", [
    (b"This is a letter, not a picture. " * 5, 415, "unsupported_media"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "corrupt_media"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", 422, "corrupt_media"),
    (b"\x00" * 1000, 415, "unsupported_media"),
    (pictures.JPEG[:300], 422, "corrupt_media"),
    (pictures.JPEG[:-40], 422, "corrupt_media"),
    (pictures.png(40, 40)[:60], 422, "corrupt_media"),
    (pictures.png_claiming(0, 10), 422, "corrupt_media"),
    (pictures.png_claiming(40_000, 40_000), 413, "too_large"),
    (pictures.png_claiming(2**31 - 1, 2**31 - 1), 413, "too_large"),
], ids=["letter", "svg", "pdf", "zeros", "jpeg-head", "jpeg-cut", "png-cut", "png-no-width", "png-bomb", "png-huge"])
def test_what_is_not_a_good_picture(service, mock, data, status, code):
    expect(service.ask({**GOOD, "image_base64": pictures.b64(data)}), status, code)
    assert mock.requests() == [], "nothing is sent for a picture that cannot be read"


def test_picture_with_fewer_pixels_than_it_claims(service):
    """Found where pixels are decoded; a picture that is passed on untouched is only looked at from outside."""
    body = {**GOOD, "image_base64": pictures.b64(pictures.png_claiming(500, 500)), "facts": True}
    expect(service.ask(body), 422, "corrupt_media")


def test_bomb_is_refused_fast_and_without_memory(service):
    body = {**GOOD, "image_base64": pictures.b64(pictures.png_claiming(40_000, 40_000))}
    service.ask(body)
    before, begin = service.memory_kib(), time.monotonic()
    expect(service.ask(body), 413, "too_large")
    assert time.monotonic() - begin < 0.25  # 50 ms promised; this may be a sanitizer build on a busy machine
    assert service.memory_kib() - before < 16_384  # KiB


def test_tall_thin_picture_is_answered(service, mock):
    rows = (b"\0" + b"\x10\x20\x30") * 100_000
    reply = service.ask({**GOOD, "image_base64": pictures.b64(pictures.png(1, 100_000, rows=rows))})
    assert reply.status in (200, 413, 422), reply.body
    if reply.status == 200:
        (sent,) = mock.requests()[0]["pictures"]
        assert sent["width"] >= 1 and sent["height"] <= 2048


@pytest.mark.parametrize("model", ["nobody/gpt-4o", "no-such-model", "mock", "/", "mock/"])
def test_unknown_model(service, model):
    error = expect(service.ask({**GOOD, "model": model}), 404, "unknown_model")
    assert error["hint"]


def test_links_are_refused_with_a_sentence(service):
    reply = service.ask({**without("image_base64"), "image_url": "http://127.0.0.1:9/secret.png"})
    assert reply.status in (403, 501), reply.body
    assert reply.error()["code"] in ("fetch_refused", "not_built_in")


@pytest.mark.parametrize("url", ["ftp://x/y.png", "file:///etc/passwd", "/etc/passwd", "javascript:1", "data:,hello", "http://", ""])
def test_other_addresses_are_refused(service, url):
    reply = service.ask({**without("image_base64"), "image_url": url})
    assert 400 <= reply.status < 500 or reply.status == 501, reply.body
    assert reply.error()["code"] in ("invalid_request", "fetch_refused", "not_built_in", "unsupported_media")


def test_unknown_route(service):
    expect(service.get("/v2/nothing"), 404, "not_found")
    expect(service.get("/v1/analyze/image/more"), 404, "not_found")


@pytest.mark.parametrize("method, path", [("GET", "/v1/analyze/image"), ("PUT", "/v1/analyze/upload"), ("POST", "/health"), ("DELETE", "/metrics")])
def test_wrong_method(service, method, path):
    reply = service.call(method, path)
    expect(reply, 405, "method_not_allowed")
    assert reply.headers["allow"]
