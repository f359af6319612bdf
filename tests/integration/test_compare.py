"""POST /v1/compare, schemas and tiles over HTTP, with the scripted upstream as the model."""
import json

import pytest

from support import pictures

RED, BLUE = pictures.png(200, 150), pictures.png(200, 150, (10, 20, 200))


def images(*data):
    return {"images": [{"base64": pictures.b64(one)} for one in data]}


def test_measured_without_a_model(service, mock):
    body = service.post("/v1/compare", {**images(RED, BLUE), "only": "pixels"}).json()
    assert body["schema"] == "sensorium.comparison/1"
    assert body["measured"]["equal"] is False and body["measured"]["changed"] == 1
    assert body["measured"]["regions"] == [{"x": 0, "y": 0, "width": 200, "height": 150}]
    same = service.post("/v1/compare", {**images(RED, RED, RED), "only": "pixels"}).json()
    assert same["measured"] == {"equal": True, "ssim": 1, "changed": 0, "phash_distance": 0, "regions": []}
    assert len(same["measured_more"]) == 1
    assert mock.requests() == []


def test_words_of_a_model(service):
    words = {"similarities": ["same size"], "differences": ["other colour"], "recommendation": None}
    body = service.post("/v1/compare", {**images(RED, BLUE), "model": "mock/gpt-4o;reply=" + json.dumps(words)}).json()
    assert {k: body[k] for k in words} == words, body
    assert body["measured"]["equal"] is False and body["usage"]["output_tokens"] > 0


@pytest.mark.parametrize("body, param", [(images(RED), "images"), ({**images(RED, BLUE), "only": "x"}, "only"),
                                         ({**images(RED, BLUE), "tolerance": 1000}, "tolerance")])
def test_bad_comparisons(service, body, param):
    reply = service.post("/v1/compare", body)
    assert reply.status == 400 and reply.json()["error"]["param"] == param


def question(**more):
    return {"image_base64": pictures.b64(RED), "prompt": "Who?", "cache": "off", **more}


def test_schema_gives_data(service):
    body = service.ask(question(model="mock/gpt-4o;reply=Sure: {'name': 'Anna', 'age': '42'}", schema="name, age int")).json()
    assert body["data"] == {"name": "Anna", "age": 42} and json.loads(body["result"]) == body["data"]


def test_schema_that_is_never_kept_is_a_clear_error(service, mock):
    reply = service.ask(question(model="mock/gpt-4o;reply=I cannot say", schema="name, age int"))
    assert reply.status == 502 and reply.json()["error"]["code"] == "upstream_protocol"
    assert "3 attempts" in reply.json()["error"]["message"]
    assert len(mock.requests()) == 3


@pytest.mark.parametrize("schema", ["\"", {"$ref": "#"}, {"type": "object", "properties": {"a": {"pattern": "(a+)+"}}}])
def test_bad_schemas_cost_nothing(service, mock, schema):
    reply = service.ask(question(schema=schema))
    assert reply.status == 400 and reply.json()["error"]["param"] == "schema"
    assert mock.requests() == []


def test_tiles_are_sent_with_an_overview(service, mock):
    # Stripes: no tile is blank.
    row = b"\0" + (b"\0\0\0\xff\xff\xff" * 600)
    stripes = pictures.png(1200, 700, rows=row * 700)
    body = service.ask({**question(), "image_base64": pictures.b64(stripes), "tile": 512, "model": "mock/gpt-4o;reply=seen"}).json()
    (request,) = mock.requests()
    assert body["result"] == "seen"
    assert [(p["width"], p["height"]) for p in request["pictures"]][1:] == [(512, 512)] * 6
    assert "x 448-960, y 0-512" in request["text"]


def test_estimate_sums_many_bodies(service, mock):
    one = service.post("/v1/estimate", {"route": "/v1/analyze/image", "body": question(model="openai/gpt-4o")}).json()
    two = service.post("/v1/estimate", {"route": "/v1/analyze/image", "body": [question(model="openai/gpt-4o")] * 2}).json()
    assert two["calls"] == 2 and two["input_tokens"] == 2 * one["input_tokens"] and len(two["pictures"]) == 2
    assert mock.requests() == []
