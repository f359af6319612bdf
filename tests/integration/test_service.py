"""The routes around the questions: health, metrics, description, keys, and how the service starts."""
import json
import re
import socket

import pytest

from support import pictures, programs

QUESTION = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "?", "model": "mock/gpt-4o"}


def test_health(service, mock):
    reply = service.get("/health")
    assert reply.status == 200
    health = reply.json()
    assert health["status"] == "healthy" and health["service"] == "sensorium" and re.match(r"\d+\.\d+", health["version"])
    assert reply.headers["x-request-id"]
    assert mock.requests() == [], "health never calls a model"


def test_livez_and_readyz(service):
    assert service.get("/livez").status == 200
    assert service.get("/readyz").status == 200
    verbose = service.get("/readyz?verbose")
    assert verbose.status == 200 and len(verbose.body) > len(service.get("/readyz").body)


def test_head_requests_have_no_body(service):
    with service.wire() as wire:
        wire.request("HEAD", "/health")
        reply = wire.read_reply(head_only=True)
        assert reply.status == 200
        wire.request("GET", "/health")
        assert wire.read_reply().status == 200, "the connection is in step"


def test_metrics_are_prometheus_text(service):
    service.ask(QUESTION)
    reply = service.get("/metrics")
    assert reply.status == 200 and reply.headers["content-type"].startswith("text/plain")
    text = reply.body.decode()
    for name in ("sensorium_request_duration_seconds", "sensorium_requests_in_flight", "sensorium_upstream_requests_total",
                 "sensorium_tokens_total", "sensorium_build_info"):
        assert name in text, name
    sample = re.compile(r'^[a-z_:][a-z0-9_:]*(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? [-+0-9.eEInfNa]+$')
    assert [line for line in text.splitlines() if line and not line.startswith("#") and not sample.match(line)] == []
    assert "What" not in text and "reply=" not in text, "no user text in labels"


def test_openapi_describes_the_routes(service):
    reply = service.get("/openapi.json")
    assert reply.status == 200
    api = reply.json()
    assert api["openapi"].startswith("3.")
    for route in ("/v1/analyze/image", "/v1/analyze/upload", "/health", "/metrics"):
        assert route in api["paths"], route


@pytest.fixture
def keyed(start, tmp_path):
    key_file = tmp_path / "key.txt"
    key_file.write_text("sk-secret-of-alice\n")
    return lambda: start(more=f'[keys.alice]\nkey_file = "{key_file}"\n')


def test_keys_are_asked_for(keyed):
    with keyed() as service:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"x-api-key": "sk-secret-of-alic"}, {"Authorization": "Basic c2s="},
                        {"Authorization": "Bearer "}, {"Authorization": "sk-secret-of-alice"}):
            reply = service.ask(QUESTION, headers)
            assert reply.status == 401, headers
            assert reply.error()["code"] == "unauthenticated"
        assert service.ask(QUESTION, {"Authorization": "Bearer sk-secret-of-alice"}).status == 200
        assert service.ask(QUESTION, {"x-api-key": "sk-secret-of-alice"}).status == 200
        assert service.get("/health").status == 200 and service.get("/livez").status == 200
        assert "sk-secret-of-alice" not in service.stderr()


def test_our_key_is_not_sent_to_the_provider(keyed, mock):
    with keyed() as service:
        service.ask(QUESTION, {"Authorization": "Bearer sk-secret-of-alice"})
    assert [r["headers"]["authorization"] for r in mock.requests()] == ["Bearer test"]


def fails_to_start(cli_or_home, *arguments):
    done = programs.run(cli_or_home, "serve", *arguments, seconds=30)
    assert done.status == 2, done.stderr
    return done.stderr


def test_open_address_without_keys_is_refused(tmp_path, mock):
    message = fails_to_start(tmp_path, "--listen", "0.0.0.0:0")
    assert "--no-auth" in message


def test_port_in_use_is_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        message = fails_to_start(tmp_path, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert "in use" in message


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1", "127.0.0.1:99999", "300.1.1.1:80", ":"])
def test_bad_listen_address(tmp_path, listen):
    assert "listen" in fails_to_start(tmp_path, "--listen", listen)


def test_unknown_key_in_the_configuration_is_placed(tmp_path):
    (tmp_path / "c.toml").write_text("[server]\nlisten = \"127.0.0.1:0\"\nmax_bdy_mb = 3\n")
    message = fails_to_start(tmp_path, "--config", tmp_path / "c.toml")
    assert "c.toml:3:1" in message and "max_body_mb" in message


def test_provider_address_that_is_our_own_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (tmp_path / "c.toml").write_text(f'[engines.loop]\ntype = "openai"\nbase_url = "http://127.0.0.1:{port}/v1"\napi_key = "x"\n')
    message = fails_to_start(tmp_path, "--listen", f"127.0.0.1:{port}", "--config", tmp_path / "c.toml")
    assert "c.toml:3" in message and "base_url" in message


def test_two_services_on_one_port(start, tmp_path):
    with start() as service:
        message = fails_to_start(tmp_path, "--listen", f"127.0.0.1:{service.address[1]}")
        assert "in use" in message
        assert json.loads(service.get("/health").body)
