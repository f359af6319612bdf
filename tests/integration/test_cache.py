"""The answer cache through the real service: hits, what is never kept, single flight, and bad days of the
database file."""
import concurrent.futures
import contextlib
import re
import signal
import stat
import threading

import pytest

from support import config, pictures, programs, wire

QUESTION = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "model": "mock/gpt-4o"}


@pytest.fixture
def serve(tmp_path, mock):
    """Starts services that share one state folder."""
    mock.reset()

    def start(more: str = "", home=tmp_path, **options):
        return programs.Sensorium(home, config.standard(mock, tmp_path, more=more, cache=options.pop("cache", "sqlite"), **options))

    return start


def asked(mock):
    return len([r for r in mock.requests() if r["path"] == "/v1/chat/completions"])


def test_second_question_is_a_hit_and_costs_no_call(serve, mock):
    with serve() as service:
        first, second = service.ask(QUESTION), service.ask(QUESTION)
        assert (first.json()["cache"], second.json()["cache"]) == ("miss", "hit")
        assert second.headers["sensorium-cache"] == "hit"
        assert second.json()["cost_usd"] == 0, "a hit is free"
        for same in ("result", "model", "usage", "pictures", "finish_reason"):
            assert first.json()[same] == second.json()[same]
        assert asked(mock) == 1
        metrics = service.get("/metrics").body.decode()
        assert 'sensorium_cache_requests_total{tier="memory",result="hit"} 1' in metrics


def test_hit_is_replayed_as_a_stream(serve, mock):
    question = {**QUESTION, "model": "mock/gpt-4o;chunks=20;seq"}
    with serve() as service:
        with service.stream(question) as live:
            live.read_all()
        with service.stream(question) as again:
            again.read_all()
        assert again.result()["cache"] == "hit"
        assert again.text() == live.text() == again.result()["result"]
        assert asked(mock) == 1


def test_key_is_the_content_not_the_way_it_was_sent(serve, mock):
    with serve() as service:
        service.ask(QUESTION)
        by_url = {**{k: v for k, v in QUESTION.items() if k != "image_base64"}, "image_url": pictures.data_url(pictures.JPEG)}
        assert service.ask(by_url).json()["cache"] == "hit"
        form = (b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nWhat is this?\r\n--x\r\nContent-Disposition: form-data; name="model"\r\n\r\n'
                b'mock/gpt-4o\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="other-name.jpg"\r\n\r\n' + pictures.JPEG + b"\r\n--x--\r\n")
        upload = service.call("POST", "/v1/analyze/upload", form, {"Content-Type": "multipart/form-data; boundary=x"})
        assert upload.json()["cache"] == "hit"
        assert asked(mock) == 1


@pytest.mark.parametrize("change", [{"prompt": "What is that?"}, {"system": "Be brief."}, {"model": "mock/gpt-4o-mini"}, {"max_tokens": 99},
                                    {"temperature": 0.5}, {"detail": "high"}, {"image_base64": pictures.b64(pictures.png(9, 9))}])
def test_every_setting_is_part_of_the_key(serve, mock, change):
    with serve() as service:
        service.ask(QUESTION)
        assert service.ask({**QUESTION, **change}).json()["cache"] == "miss"
        assert asked(mock) == 2


def test_off_and_refresh(serve, mock):
    with serve() as service:
        assert service.ask({**QUESTION, "cache": "off"}).json()["cache"] == "off"
        assert service.ask(QUESTION).json()["cache"] == "miss", "off did not keep its answer"
        assert service.ask({**QUESTION, "cache": "refresh"}).json()["cache"] == "miss"
        assert service.ask(QUESTION).json()["cache"] == "hit"
        assert asked(mock) == 3


@pytest.mark.parametrize("fault", ["finish=length", "finish=content_filter", "status=500", "cut=1;chunks=5", "badchunk;chunks=4", "err429=1"])
def test_refusals_errors_and_cut_answers_are_never_kept(serve, mock, fault):
    question = {**QUESTION, "model": f"mock/gpt-4o;{fault}"}
    with serve() as service:
        for _ in range(2):
            with service.stream(question) as stream:
                stream.read_all()
        assert asked(mock) == 2


def test_answers_survive_a_restart_and_the_file_is_private(serve, mock, tmp_path):
    with serve() as service:
        service.ask(QUESTION)
    with serve() as service:
        again = service.ask(QUESTION)
        assert again.json()["cache"] == "hit"
        assert 'tier="sqlite",result="hit"' in service.get("/metrics").body.decode()
    assert asked(mock) == 1
    assert stat.S_IMODE((tmp_path / "state/sensorium.db").stat().st_mode) == 0o600


def test_answers_expire(serve, mock):
    with serve(cache='sqlite"\nttl_s = "1s') as service:
        assert [service.ask(QUESTION).json()["cache"] for _ in range(2)] == ["miss", "hit"]
        assert programs.eventually(lambda: service.ask(QUESTION).json()["cache"] == "miss", 5, every=0.2)
        assert asked(mock) == 2


def test_idle_service_opens_no_database(serve, tmp_path):
    with serve() as service:
        service.alive()
        assert not (tmp_path / "state/sensorium.db").exists()
        assert "libsqlite3" not in open(f"/proc/{service.process.pid}/maps").read()


def ask_at_once(service, bodies, threads=64):
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(service.ask, bodies))


def test_a_thousand_identical_questions_are_one_call(serve, mock):
    question = {**QUESTION, "model": "mock/gpt-4o;delay=1500"}
    with serve() as service:
        replies = ask_at_once(service, [question] * 1000, 250)
        assert {r.status for r in replies} == {200}
        kinds = [r.json()["cache"] for r in replies]
        assert kinds.count("miss") == 1 and set(kinds) <= {"miss", "joined", "hit"}
        assert asked(mock) == 1
        assert sum(r.json()["cost_usd"] == 0 for r in replies) == 999


def test_identical_streams_share_a_call_and_all_text(serve, mock):
    question = {**QUESTION, "model": "mock/gpt-4o;chunks=30;gap=10;seq"}
    with serve() as service:

        def one(_):
            with service.stream(question) as stream:
                stream.read_all()
                return stream.text(), stream.result()["result"]

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            texts = list(pool.map(one, range(32)))
        assert len(set(texts)) == 1 and texts[0][0] == texts[0][1]
        assert asked(mock) == 1


def test_off_joins_nothing(serve, mock):
    question = {**QUESTION, "model": "mock/gpt-4o;delay=300", "cache": "off"}
    with serve() as service:
        ask_at_once(service, [question] * 5)
        assert asked(mock) == 5


def test_call_goes_on_when_the_first_caller_leaves(serve, mock):
    question = {**QUESTION, "model": "mock/gpt-4o;ttft=400;chunks=20;gap=10;seq"}
    with serve() as service:
        first = service.wire()
        first.post_json("/v1/analyze/image", {**question, "stream": True})
        assert programs.eventually(lambda: mock.stats()["open"] == 1)
        second = {}

        def join():
            with service.stream(question) as stream:
                stream.read_all()
                second["result"], second["text"] = stream.result(), stream.text()

        thread = threading.Thread(target=join)
        thread.start()
        assert programs.eventually(lambda: 'tier="flight",result="joined"' in service.get("/metrics").body.decode())
        first.close()
        thread.join(20)
        assert second["result"]["cache"] == "joined"
        assert second["text"] == second["result"]["result"]
        assert [r["outcome"] for r in mock.requests()] == ["done"]


def test_call_ends_when_the_last_caller_leaves(serve, mock):
    question = {**QUESTION, "model": "mock/gpt-4o;hang"}
    with serve() as service:
        wires = [service.wire() for _ in range(3)]
        for wire in wires:
            wire.post_json("/v1/analyze/image", question)
        assert programs.eventually(lambda: service.get("/metrics").body.decode().count('result="joined"} 2') == 1)
        for wire in wires:
            wire.close()
        assert programs.eventually(lambda: mock.stats()["open"] == 0)
        assert asked(mock) == 1


def test_kill_loses_no_finished_answer(serve, mock, tmp_path):
    service = serve()
    for i in range(40):
        assert service.ask({**QUESTION, "prompt": f"q{i}"}).status == 200
    programs.eventually(lambda: (tmp_path / "state/sensorium.db-wal").stat().st_size > 40 * 300, 3)

    def ask_on():
        with contextlib.suppress(OSError, wire.Closed):
            for i in range(400):
                service.ask({**QUESTION, "prompt": f"r{i}"})

    threading.Thread(target=ask_on, daemon=True).start()
    programs.eventually(lambda: mock.asked("r20"))
    service.process.send_signal(signal.SIGKILL)
    service.process.wait()
    with serve() as again:
        hits = sum(again.ask({**QUESTION, "prompt": f"q{i}"}).json()["cache"] == "hit" for i in range(40))
        assert hits == 40
        assert "damaged" not in again.stderr()


@pytest.mark.parametrize("damage", [b"this is not a database " * 400, b"SQLite format 3\0" + b"\xff" * 8000, b"\0" * 100])
def test_damaged_database_is_set_aside_and_service_lives_on(serve, mock, tmp_path, damage):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/sensorium.db").write_bytes(damage)
    with serve() as service:
        assert service.ask(QUESTION).status == 200
        assert service.ask(QUESTION).json()["cache"] == "hit"
    with serve() as service:
        assert service.ask(QUESTION).json()["cache"] == "hit"
    assert list((tmp_path / "state").glob("sensorium.db.damaged-*"))


def test_state_folder_that_cannot_be_is_a_warning(serve, mock, tmp_path):
    (tmp_path / "state").write_text("a file in the way")
    with serve() as service:
        assert service.ask(QUESTION).status == 200
        assert service.ask(QUESTION).json()["cache"] == "hit", "memory needs no disk"
        assert programs.eventually(lambda: "state_dir" in service.stderr())
        assert re.search(r"warning.*store", service.stderr())


def test_backend_off(serve, mock):
    with serve(cache="off") as service:
        assert [service.ask(QUESTION).json()["cache"] for _ in range(2)] == ["off", "off"]
        assert asked(mock) == 2


def large_picture():
    """12 megapixels, which must be shrunk before it is sent."""
    return pictures.b64(pictures.png(4000, 3000))


def test_second_question_about_a_large_picture_decodes_nothing(serve, mock):
    picture = large_picture()
    with serve() as service:
        first = service.ask({**QUESTION, "image_base64": picture}).json()
        second = service.ask({**QUESTION, "image_base64": picture, "prompt": "And what else?"}).json()
        assert (first["cache"], second["cache"]) == ("miss", "miss")
        assert first["pictures"] == second["pictures"] and first["pictures"][0]["sent_width"] < 4000
        metrics = service.get("/metrics").body.decode()
        assert 'tier="prepared",result="hit"} 1' in metrics and 'tier="prepared",result="miss"} 1' in metrics
        assert second["timings_ms"]["prepare"] < first["timings_ms"]["prepare"] / 4


def test_identical_large_pictures_at_once_are_decoded_once(serve, mock):
    picture = large_picture()
    bodies = [{**QUESTION, "image_base64": picture, "prompt": f"question {i}"} for i in range(12)]
    with serve() as service:
        assert {r.status for r in ask_at_once(service, bodies, 12)} == {200}
        assert 'tier="prepared",result="miss"} 1' in service.get("/metrics").body.decode()
