"""Recordings to text with the real Whisper base: words, times, formats, bad input, a killed worker."""
import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest

from support import programs
from support.recordings import JFK, ffmpeg

WORDS = "and so my fellow americans ask not what your country can do for you ask what you can do for your country".split()


def words_of(text):
    return re.sub(r"[^a-z0-9' ]", "", " ".join(text.lower().split())).split()


def timed(run):
    assert run.status == 0, run.stderr
    segments = json.loads(run.stdout)["segments"]
    return [word for segment in segments for word in segment["words"]]


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def test_words(hear):
    run = hear("transcribe", JFK)
    assert run.status == 0 and words_of(run.stdout) == WORDS, run.stdout
    assert "local/whisper-base" in run.stderr and "· en" in run.stderr


def test_thirty_seconds_of_silence_in_front_do_not_move_words(hear, sounds):
    later = sounds("later.wav", "-i", JFK, "-af", "adelay=30000:all=1")
    near, far = timed(hear("transcribe", JFK, "-f", "json")), timed(hear("transcribe", later, "-f", "json"))
    assert [w["word"] for w in near] == [w["word"] for w in far]
    moved = [abs(b["start"] - a["start"] - 30) for a, b in zip(near, far)]
    assert sorted(moved)[int(len(moved) * 0.95) - 1] <= 0.1, moved
    for before, after in zip(far, far[1:]):
        assert before["start"] <= after["start"] and before["end"] <= after["start"] + 1e-6


def check_srt(text):
    """As strict as a player can be."""
    last = 0.0
    for number, block in enumerate(text.strip().split("\n\n"), 1):
        head, times, *lines = block.split("\n")
        assert head == str(number) and 1 <= len(lines) <= 2 and all(line.strip() for line in lines)
        match = re.fullmatch(r"(\d\d):(\d\d):(\d\d),(\d\d\d) --> (\d\d):(\d\d):(\d\d),(\d\d\d)", times)
        h, m, s, ms, h2, m2, s2, ms2 = map(int, match.groups())
        start, end = h * 3600 + m * 60 + s + ms / 1000, h2 * 3600 + m2 * 60 + s2 + ms2 / 1000
        assert last <= start < end <= start + 7.001
        assert all(len(line) <= 42 for line in lines)
        last = end


def test_all_formats_into_a_folder(hear, tmp_path):
    (tmp_path / "out").mkdir()
    run = hear("transcribe", JFK, "--output_format", "all", "--output_dir", tmp_path / "out", "--word_timestamps", "True")
    assert run.status == 0, run.stderr
    files = {path.suffix: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert sorted(files) == [".json", ".srt", ".tsv", ".txt", ".vtt"]
    check_srt(files[".srt"])
    assert files[".vtt"].startswith("WEBVTT\n\n00:00:00.")
    assert files[".tsv"].splitlines()[0] == "start\tend\ttext"
    assert words_of(files[".txt"]) == WORDS
    assert json.loads(files[".json"])["schema"] == "sensorium.transcript/1"


def test_two_languages_in_one_file(hear, sounds, say):
    english = say("Good morning. The train to London leaves at nine o'clock from platform four. Please have your tickets ready.")
    german = say("Guten Morgen. Der Zug nach Berlin fährt um neun Uhr von Gleis vier ab. Bitte halten Sie Ihre Fahrkarten bereit.", "de")
    both = sounds("both.wav", "-i", english, "-i", german, "-filter_complex",
                  "[0]aresample=16000,apad=pad_dur=3[a];[1]aresample=16000[b];[a][b]concat=n=2:v=0:a=1")
    # What espeak-ng speaks is not like German enough for Whisper base to be sure of it among a hundred languages.
    run = hear("transcribe", both, "-f", "json", "--languages", "en,de")
    assert run.status == 0, run.stderr
    languages = [segment["language"] for segment in json.loads(run.stdout)["segments"]]
    assert languages[0] == "en" and languages[-1] == "de", run.stdout


@pytest.mark.parametrize("name, options", [
    ("eight.wav", ["-ar", "8000"]),
    ("seven.wav", ["-ac", "8"]),
    ("clipped.wav", ["-af", "volume=30dB"]),
    ("speech.mp3", []),
    ("speech.ogg", []),
    ("speech.opus", []),
    ("speech.flac", []),
    ("speech.m4a", []),
    ("speech.webm", []),
    ("speech.mkv", ["-f", "matroska"]),
])
def test_every_shape_of_recording(hear, sounds, name, options):
    run = hear("transcribe", sounds(name, "-i", JFK, *options))
    assert run.status == 0, run.stderr
    assert edits(words_of(run.stdout), WORDS) <= 2, run.stdout


def test_dc_and_truncated(hear, sounds, tmp_path):
    dc = sounds("dc.wav", "-i", JFK, "-af", "dcshift=0.3")
    assert edits(words_of(hear("transcribe", dc).stdout), WORDS) <= 2
    cut = tmp_path / "cut.m4a"
    whole = sounds("whole.mp3", "-i", JFK).read_bytes()
    cut.write_bytes(whole[:len(whole) // 2])
    run = hear("transcribe", cut)
    assert run.status == 0 and run.stdout.lower().startswith("and so"), run.stderr


def test_the_sound_of_a_film_and_its_second_track(hear, sounds, say):
    other = say("This is the second sound track of the film.")
    film = sounds("film.mkv", "-f", "lavfi", "-i", "color=size=64x64:duration=11:rate=5", "-i", JFK, "-i", other,
                  "-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "mpeg4", "-c:a", "aac")
    assert edits(words_of(hear("transcribe", film).stdout), WORDS) <= 2
    assert "second" in hear("transcribe", film, "--track", "1").stdout.lower()
    missing = hear("transcribe", film, "--track", "2")
    assert missing.status == 2 and "track" in missing.stderr


def test_nothing_said_is_nothing_heard(hear, sounds):
    for name, source in (("silence.wav", "anullsrc=r=16000:cl=mono"), ("noise.wav", "anoisesrc=color=pink:amplitude=0.05"),
                         ("tone.wav", "sine=frequency=440")):
        run = hear("transcribe", sounds(name, "-f", "lavfi", "-i", source, "-t", "40"))
        assert run.status == 0 and run.stdout.strip() == "", (name, run.stdout)
        assert "no speech" in run.stderr


@pytest.mark.parametrize("make, status, word", [
    (lambda p: p.write_bytes(b""), 3, "empty"),
    (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000)), 3, "recording"),
    (lambda p: p.write_text("hello"), 3, "recording"),
    (lambda p: p.write_bytes(os.urandom(200_000)), 3, ""),
    (lambda p: p.mkdir(), 2, "folder"),
    (lambda p: None, 3, "cannot be opened"),
    (lambda p: ffmpeg("-f", "lavfi", "-i", "color=size=64x64:duration=1", "-f", "mp4", "-c:v", "mpeg4", p), 3, "no sound"),
], ids=["empty", "picture", "text", "random", "folder", "missing", "silent-film"])
def test_what_is_no_recording(hear, tmp_path, make, status, word):
    path = tmp_path / "thing.mp3"
    make(path)
    run = hear("transcribe", path)
    assert run.status == status and word in run.stderr, run.stderr
    assert run.stderr.count("\n") <= 2


def test_flags_that_are_wrong(hear):
    for arguments, word in ((["--language", "klingon"], "language"), (["-f", "docx"], "format"), (["-f", "srt,vtt"], "folder"),
                            (["-m", "local/whisper-bas"], "whisper-base"), (["--beam-size", "99"], "beam"),
                            (["-m", "openai/whisper-1", "--offline"], "offline"),
                            (["--task", "translate", "--translate-to", "zh"], "exclude")):
        run = hear("transcribe", JFK, *arguments)
        assert run.status in (2, 4) and word in run.stderr, run.stderr
    assert hear("transcribe").status == 2


def test_stdin_json_lines_and_one_failure(hear, tmp_path):
    run = hear("transcribe", "-", tmp_path / "missing.wav", "--json", stdin=JFK.read_bytes())
    assert run.status == 1
    lines = run.lines()
    assert [line["type"] for line in lines if line["type"] != "delta"] == ["begin", "item", "begin", "item", "summary"]
    items = [line for line in lines if line["type"] == "item"]
    assert [item["status"] for item in items] == ["ok", "failed"] and items[1]["error"]["code"] == "fetch_failed"
    assert lines[-1]["ok"] == 1 and lines[-1]["failed"] == 1


def form(fields, file):
    boundary = "b0und"
    body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields)
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode() + file
    return body + f"\r\n--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def post(service, path, fields=(), file=None):
    body, headers = form(fields, JFK.read_bytes() if file is None else file)
    with service.wire(300) as wire:
        wire.request("POST", path, body, headers)
        return wire.read_reply()


@pytest.mark.parametrize("shape", ["json", "text", "srt", "vtt", "verbose_json"])
def test_openai_formats(speech_service, shape):
    reply = post(speech_service, "/v1/audio/transcriptions", [("model", "whisper-1"), ("response_format", shape),
                                                             ("timestamp_granularities[]", "word")])
    assert reply.status == 200, reply.body
    text = reply.body.decode()
    if shape == "json":
        assert list(json.loads(text)) == ["text"]
    if shape == "srt":
        check_srt(text)
    if shape == "vtt":
        assert text.startswith("WEBVTT")
    if shape == "verbose_json":
        value = json.loads(text)
        assert value["task"] == "transcribe" and value["language"] == "english" and abs(value["duration"] - 11) < 0.1
        assert {"id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio",
                "no_speech_prob"} <= set(value["segments"][0])
        assert words_of(" ".join(word["word"] for word in value["words"])) == WORDS
    assert "country" in text


def test_openai_translation_and_stream(speech_service, say):
    german = say("Guten Morgen. Der Zug nach Berlin fährt um neun Uhr von Gleis vier ab.", "de").read_bytes()
    reply = post(speech_service, "/v1/audio/translations", [("model", "whisper-1")], german)
    assert reply.status == 200 and "morning" in reply.json()["text"].lower(), reply.body
    streamed = post(speech_service, "/v1/audio/transcriptions", [("model", "whisper-1"), ("stream", "true")])
    events = [json.loads(line[6:]) for line in streamed.body.decode().splitlines() if line.startswith("data: {")]
    assert events[-1]["type"] == "transcript.text.done" and words_of(events[-1]["text"]) == WORDS
    assert words_of("".join(e["delta"] for e in events[:-1])) == WORDS


def test_analyze_audio(speech_service):
    reply = post(speech_service, "/v1/analyze/audio", [("word_timestamps", "true"), ("colour", "blue")])
    assert reply.status == 200 and reply.headers["sensorium-ignored"] == "colour"
    value = reply.json()
    assert value["schema"] == "sensorium.transcript/1" and words_of(value["text"]) == WORDS and value["cost_usd"] == 0
    streamed = post(speech_service, "/v1/analyze/audio", [("stream", "true")]).body.decode()
    assert "event: item" in streamed and "event: result" in streamed and streamed.rstrip().endswith("data: [DONE]")


@pytest.mark.parametrize("fields, file, status, code", [
    ([("response_format", "docx")], None, 400, "invalid_request"),
    ([("temperature", "hot")], None, 400, "invalid_request"),
    ([("language", "xx-nothing")], None, 400, "invalid_request"),
    ([("model", "local/none")], None, 404, "unknown_model"),
    ([], b"", 415, "unsupported_media"),
    ([], b"\x89PNG\r\n\x1a\n" + bytes(100), 415, "unsupported_media"),
])
def test_bad_forms(speech_service, fields, file, status, code):
    reply = post(speech_service, "/v1/audio/transcriptions", fields, file)
    assert reply.status == status and reply.json()["error"]["code"] == code, reply.body


def test_bad_json(speech_service):
    for body in ({}, {"audio_base64": "%%%"}, {"audio_url": 5}, {"audio_url": "data:audio/wav,plain"}, {"audio_base64": "", "language": []}):
        assert speech_service.post("/v1/analyze/audio", body).status in (400, 415)
    assert speech_service.post("/v1/analyze/audio", {"audio_url": "http://127.0.0.1:9/a.mp3"}).status == 403


def workers_of(pid):
    found = subprocess.run(["pgrep", "-P", str(pid), "-f", "sensorium-speech"], capture_output=True, text=True).stdout
    return [int(line) for line in found.split()]


def test_a_killed_worker_loses_and_repeats_nothing(speech_service, sounds):
    long = sounds("long.wav", "-stream_loop", "9", "-i", JFK).read_bytes()
    result = {}
    thread = threading.Thread(target=lambda: result.update(reply=post(speech_service, "/v1/audio/transcriptions", [], long)))
    thread.start()
    for _ in range(2):
        time.sleep(1.5)
        for pid in programs.eventually(lambda: workers_of(speech_service.process.pid), 20):
            os.kill(pid, signal.SIGKILL)
    thread.join(280)
    reply = result["reply"]
    assert reply.status == 200, reply.body
    assert edits(words_of(reply.json()["text"]), WORDS * 10) <= 12, reply.json()["text"]


def test_a_client_that_leaves_ends_the_work(speech_service, sounds):
    long = sounds("long.wav", "-stream_loop", "9", "-i", JFK).read_bytes()
    body, headers = form([], long)
    wire = speech_service.wire(60)
    wire.request("POST", "/v1/audio/transcriptions", body, headers)
    time.sleep(1.0)
    wire.close()
    reply = post(speech_service, "/v1/audio/transcriptions")
    assert reply.status == 200 and words_of(reply.json()["text"]) == WORDS
