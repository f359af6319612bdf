"""--record and --replay with the real program, and Idempotency-Key."""
import concurrent.futures
import json
import re

import pytest

from support import config, pictures, programs

QUESTION = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "model": "mock/gpt-4o"}


def offline_config(tmp_path, more=""):
    """The same engines, but nobody listens and there is no key."""
    class Nobody:
        base_url = "http://127.0.0.1:9/v1"

    return config.standard(Nobody, tmp_path, more=more).replace('api_key = "test"\n', "")


def without_times(line):
    return re.sub(r'"(ms|fetch|decode|prepare|queue|first_token|generate|total|elapsed_s)":[\d.]+', r'"\1":0', re.sub(r"img-\w+", "ID", line))


def ask(cli, tmp_path, *more, model="mock/gpt-4o;chunks=5;seq", prompt="What is this?"):
    (tmp_path / "a.jpg").write_bytes(pictures.JPEG)
    return cli("ask", prompt, "a.jpg", "-m", model, "--json", *more)


def replay(tmp_path, *arguments):
    address = re.search(r"127\.0\.0\.1:\d+", "".join(p.read_text() for p in (tmp_path / "tape").glob("*.json")))[0]
    text = offline_config(tmp_path).replace('base_url = "http://127.0.0.1:9/v1"', f'base_url = "http://{address}/v1"', 1)
    (tmp_path / "offline.toml").write_text(text)
    (tmp_path / "offline.toml").chmod(0o600)
    return lambda *a: programs.run(tmp_path, *a, "--config", "offline.toml", "--replay", "tape")


def test_replay_gives_the_same_bytes_without_key_or_network(cli, mock, tmp_path):
    live = ask(cli, tmp_path, "--record", "tape")
    assert live.status == 0, live.stderr
    calls = mock.stats()["requests"]
    again = ask(replay(tmp_path), tmp_path)
    assert again.status == 0, again.stderr
    assert without_times(again.stdout) == without_times(live.stdout)
    assert mock.stats()["requests"] == calls


def test_recording_holds_no_key(cli, tmp_path):
    ask(cli, tmp_path, "--record", "tape", model="mock/gpt-4o;status=401;errmsg=Incorrect API key provided: test")
    (file,) = (tmp_path / "tape").glob("*.json")
    assert json.loads(file.read_text())["status"] == 401
    assert "Bearer" not in file.read_text()
    text = json.dumps(json.loads(file.read_text())["pieces"])
    assert "provided: test" not in text and "provided: ****" in text


def test_request_that_was_not_recorded_says_what_differs(cli, tmp_path):
    ask(cli, tmp_path, "--record", "tape")
    other = ask(replay(tmp_path), tmp_path, prompt="What else?")
    assert other.status == 2
    assert "messages" in other.stderr and "not recorded" in other.stderr


def test_folder_without_recordings_is_told(cli, tmp_path):
    (tmp_path / "empty").mkdir()
    run = ask(cli, tmp_path, "--replay", "empty")
    assert run.status == 2 and "--record" in run.stderr
    both = ask(cli, tmp_path, "--replay", "empty", "--record", "tape")
    assert both.status == 2


def test_service_records(start, mock, tmp_path):
    with start("--record", str(tmp_path / "tape")) as service:
        assert service.ask(QUESTION).status == 200
    assert len(list((tmp_path / "tape").glob("*.json"))) == 1


def with_key(service, key, body=QUESTION, **more):
    return service.ask({**body, **more}, {"Idempotency-Key": key})


def test_same_key_same_answer(service, mock):
    first, second = with_key(service, "k1"), with_key(service, "k1")
    assert first.status == second.status == 200
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    assert mock.stats()["requests"] == 1
    assert with_key(service, "k2").json()["id"] != first.json()["id"]


def test_other_question_under_the_key_is_refused(service):
    with_key(service, "k3")
    reply = with_key(service, "k3", prompt="Another?")
    assert reply.status == 400
    assert reply.error()["param"] == "Idempotency-Key" and "another question" in reply.error()["message"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_bad_keys_are_told(service, mock, key):
    reply = with_key(service, key)
    assert reply.status == 400 and reply.error()["param"] == "Idempotency-Key"
    assert mock.stats()["requests"] == 0


def test_repeat_in_flight_waits(service, mock):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: with_key(service, "k4", model="mock/gpt-4o;delay=300"), range(8)))
    assert {r.status for r in replies} == {200}
    assert len({r.json()["id"] for r in replies}) == 1
    assert mock.stats()["requests"] == 1


def test_failure_is_not_kept(service, mock):
    for _ in range(2):
        assert with_key(service, "k5", model="mock/gpt-4o;status=500").status >= 500
    assert mock.stats()["requests"] == 2


def test_stream_and_upload_repeat_too(service, mock):
    def stream():
        with service.wire() as wire:
            wire.post_json("/v1/analyze/image", {**QUESTION, "model": "mock/gpt-4o;chunks=4;seq", "stream": True}, {"Idempotency-Key": "k6"})
            return programs.Stream(wire).read_all()

    one, two = stream(), stream()
    assert one.text() == two.text() and one.result() == two.result()

    def upload(boundary):
        form = (f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nmock/gpt-4o\r\n--{boundary}\r\n'
                f'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n').encode() + pictures.JPEG + f"\r\n--{boundary}--\r\n".encode()
        return service.call("POST", "/v1/analyze/upload", form, {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "k7"})

    assert upload("x").json() == upload("other").json()
    assert mock.stats()["requests"] == 2
