"""POST /v1/analyze/video: films as forms, timelines whole and as streams."""
import json
import urllib.error
import urllib.request
import uuid

import pytest

from support import films


def form(fields, film=None):
    mark = uuid.uuid4().hex
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    if film is not None:
        parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n'
                     f"Content-Type: video/mp4\r\n\r\n".encode() + film + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={mark}"}


def post(service, body, headers):
    request = urllib.request.Request("http://{}:{}/v1/analyze/video".format(*service.address), body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_timeline_of_a_form(service):
    body, headers = form({"model": "mock/gpt-4o;reply=A card.", "prompt": "What is it?"}, films.still_scenes().read_bytes())
    status, text = post(service, body, headers)
    assert status == 200, text
    timeline = json.loads(text)
    assert timeline["schema"] == "sensorium.timeline/1"
    assert [s["caption"] for s in timeline["scenes"]] == ["A card."] * 3
    assert timeline["timeline"][0] == "[00:00] A card."


def test_a_stream_has_items_in_time_order_then_the_result(service):
    body, headers = form({"model": "mock/gpt-4o;reply=x", "stream": "true"}, films.still_scenes("abac").read_bytes())
    status, text = post(service, body, headers)
    assert status == 200
    events = [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
              for block in text.decode().split("\n\n") if block.strip()]
    items = [json.loads(e["data"]) for e in events if e.get("event") == "item"]
    assert [i["time"] for i in items] == sorted(i["time"] for i in items) and len(items) == 12
    (result,) = [json.loads(e["data"]) for e in events if e.get("event") == "result"]
    assert result["sampling"]["sent"] == 3
    assert events[-1]["data"] == "[DONE]"


def test_without_a_model(service, mock):
    body, headers = form({"no_model": "true"}, films.still_scenes().read_bytes())
    status, text = post(service, body, headers)
    assert status == 200 and len(json.loads(text)["scenes"]) == 3
    assert mock.requests() == []


@pytest.mark.parametrize("fields, film, status, code", [
    ({}, None, 400, "invalid_request"),
    ({}, b"", 400, "invalid_request"),
    ({"no_model": "true"}, b"This is a text", 415, "unsupported_media"),
    ({"fps": "99"}, b"x", 400, "invalid_request"),
    ({"scenes": "none"}, b"x", 400, "invalid_request"),
])
def test_what_cannot_be_done_is_told(service, fields, film, status, code):
    got, text = post(service, *form(fields, film))
    assert (got, json.loads(text)["error"]["code"]) == (status, code)


def test_urls_are_not_fetched_and_say_so(service):
    got, text = post(service, json.dumps({"video_url": "http://127.0.0.1/a.mp4"}).encode(), {"Content-Type": "application/json"})
    assert got in (403, 501) and "form" in json.loads(text)["error"]["hint"]
