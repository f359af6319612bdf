"""Pictures behind URLs, through the media firewall of the real program."""
import os
import socket

import pytest

from support import config, pictures, programs
from support.files import Files

QUESTION = {"prompt": "What is this?"}


@pytest.fixture(scope="module")
def files():
    served = Files()
    served.files["/a.jpg"] = (pictures.JPEG, "image/jpeg")
    served.files["/lies.png"] = (pictures.JPEG, "image/png")
    served.files["/page.html"] = (b"<!doctype html><html><body>sign in</body></html>", "image/jpeg")
    served.files["/big.jpg"] = (pictures.JPEG + b"x" * (2 << 20), "image/jpeg")
    yield served
    served.stop()


@pytest.fixture(scope="module")
def open_service(mock, tmp_path_factory):
    """Allowed to fetch from private addresses."""
    home = tmp_path_factory.mktemp("urls")
    more = "\n[media]\nallow_private_addresses = true\nmax_bytes_mb = 1\nfetch_timeout_s = 2\ndeny_hosts = [\"denied.localhost\"]\n"
    with programs.Sensorium(home, config.standard(mock, home, more)) as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(files, mock):
    mock.reset()
    files.asked.clear()
    files.gone.clear()


def refused(reply, code, status):
    assert reply.status == status, reply.body
    error = reply.error()
    assert error["code"] == code, error
    assert error["message"] and error["hint"]
    return error


def test_a_picture_behind_a_url(open_service, files, mock):
    reply = open_service.ask({**QUESTION, "image_url": files.url("/a.jpg?key=1")})
    assert reply.status == 200, reply.body
    answer = reply.json()
    assert answer["pictures"][0]["width"] == 64
    assert answer["timings_ms"]["fetch"] > 0
    assert files.asked == ["/a.jpg?key=1"]
    (sent,) = mock.requests()[0]["pictures"]
    assert sent["width"] == 64  # sent as bytes, not as an address


def test_in_a_list_with_others_and_by_content(open_service, files, mock):
    images = [{"url": files.url("/a.jpg")}, {"base64": pictures.b64(pictures.JPEG)}, {"url": files.url("/lies.png")}]
    reply = open_service.ask({**QUESTION, "images": images})
    assert reply.status == 200, reply.body
    assert [p["mime"] for p in reply.json()["pictures"]] == ["image/jpeg"] * 3
    assert len(mock.requests()[0]["pictures"]) == 3


def test_data_urls_are_no_fetch(open_service, files):
    reply = open_service.ask({**QUESTION, "image_url": "data:image/jpeg;base64," + pictures.b64(pictures.JPEG)})
    assert reply.status == 200 and not files.asked


def test_redirects(open_service, files, service):
    to = files.url("/a.jpg")
    assert open_service.ask({**QUESTION, "image_url": files.url("/to?" + to)}).status == 200
    error = refused(open_service.ask({**QUESTION, "image_url": files.url("/to?file:///etc/passwd")}), "fetch_refused", 403)
    assert error["param"] == "image_url"
    refused(open_service.ask({**QUESTION, "image_url": files.url("/to?http://169.254.169.254/")}), "fetch_refused", 403)


def test_our_own_listener_is_refused(open_service):
    port = open_service.address[1]
    for host in ("127.0.0.1", "localhost", "127.0.0.3"):
        error = refused(open_service.ask({**QUESTION, "image_url": f"http://{host}:{port}/"}), "fetch_refused", 403)
        assert "this service itself" in error["message"]


def test_hosts_that_are_denied(open_service, files):
    url = files.url("/a.jpg").replace("127.0.0.1", "denied.localhost")
    refused(open_service.ask({**QUESTION, "image_url": url}), "fetch_refused", 403)
    assert not files.asked


def test_limits(open_service, files):
    refused(open_service.ask({**QUESTION, "image_url": files.url("/big.jpg")}), "too_large", 413)
    refused(open_service.ask({**QUESTION, "image_url": files.url("/endless")}), "too_large", 413)
    assert files.left_within(5) is not None
    files.gone.clear()
    error = refused(open_service.ask({**QUESTION, "image_url": files.url("/hang")}), "fetch_failed", 422)
    assert "too long" in error["message"]


def test_what_is_no_picture(open_service, files):
    refused(open_service.ask({**QUESTION, "image_url": files.url("/none.jpg")}), "fetch_failed", 422)
    error = refused(open_service.ask({**QUESTION, "image_url": files.url("/page.html")}), "unsupported_media", 415)
    assert "web page" in error["message"]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        refused(open_service.ask({**QUESTION, "image_url": f"http://127.0.0.1:{port}/"}), "fetch_failed", 422)
    refused(open_service.ask({**QUESTION, "image_url": "http://no-such-host.invalid/a.jpg"}), "fetch_failed", 422)


def test_a_client_that_leaves_ends_the_fetch(open_service, files):
    with open_service.wire() as wire:
        wire.post_json("/v1/analyze/image", {**QUESTION, "image_url": files.url("/hang")})
        assert programs.eventually(lambda: "/hang" in files.asked)
    left = files.left_within(5)
    assert left is not None and left < 1.0, left  # 100 ms promised; a sanitizer build on a busy machine


def test_private_addresses_are_refused_by_default(service, files):
    for url in (files.url("/a.jpg"), files.url("/a.jpg").replace("127.0.0.1", "localhost"),
                files.url("/a.jpg").replace("127.0.0.1", "2130706433"), "http://[::1]/", "http://192.168.1.1/"):
        refused(service.ask({**QUESTION, "image_url": url}), "fetch_refused", 403)
    assert not files.asked


def test_offline_means_offline(open_service, files):
    refused(open_service.ask({**QUESTION, "image_url": files.url("/a.jpg"), "offline": True, "model": "reader"}), "fetch_refused", 403)
    assert not files.asked


def test_addresses_are_passed_on_where_the_engine_fetches(files, mock, tmp_path):
    more = f"""
[media]
allow_private_addresses = true
urls = "pass"
deny_hosts = ["denied.example"]
[engines.openai]
base_url = "{mock.base_url}"
api_key = "test"
"""
    with programs.Sensorium(tmp_path, config.standard(mock, tmp_path, more)) as passing:
        body = {**QUESTION, "image_url": files.url("/a.jpg"), "detail": "low"}
        reply = passing.ask({**body, "model": "openai/gpt-4o"})
        # The scripted upstream fetches nothing, and says so: the address has reached it.
        assert reply.status == 400 and "image_url.url must be a data URL here" in reply.error()["message"], reply.body
        assert not files.asked
        plan = passing.post("/v1/estimate", {"route": "/v1/analyze/image", "body": {**body, "model": "openai/gpt-4o"}}).json()
        assert plan["pictures"][0]["sent_width"] == 0 and plan["pictures"][0]["estimated_tokens"] > 0, plan
        assert any("passed on" in w for w in plan["warnings"]) and not files.asked
        assert passing.ask({**body, "model": "mock/m"}).status == 200  # nobody knows that it fetches
        assert files.asked == ["/a.jpg"]
        refused(passing.ask({**body, "model": "openai/gpt-4o", "image_url": "https://denied.example/a.jpg"}), "fetch_refused", 403)
        refused(passing.ask({**body, "model": "openai/gpt-4o", "image_url": "http://0x7f.1/a.jpg"}), "fetch_refused", 403)


def test_the_terminal_takes_urls(tmp_path, files, mock):
    (tmp_path / "sensorium.toml").write_text(config.standard(mock, tmp_path, "\n[media]\nallow_private_addresses = true\n"))
    os.chmod(tmp_path / "sensorium.toml", 0o600)
    done = programs.run(tmp_path, "ask", "What is this?", files.url("/a.jpg"), "-a", files.url("/lies.png"), "--json", "-m", "mock/m")
    assert done.status == 0, done.stderr
    (item,) = [line for line in done.lines() if line["type"] == "item"]
    assert len(item["output"]["pictures"]) == 2
    refused_run = programs.run(tmp_path, "ask", "What is this?", "http://169.254.169.254/latest/")
    assert refused_run.status == 3 and "metadata" in refused_run.stderr
    plan = programs.run(tmp_path, "ask", "What is this?", files.url("/a.jpg"), "--dry-run", "-m", "mock/m")
    assert plan.status == 0 and "64" in plan.stdout, plan.stderr
