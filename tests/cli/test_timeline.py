"""sensorium timeline: films with known scenes in, lines, files and JSON out."""
import json
import signal
import subprocess

import pytest

from support import films, pictures, programs


def last_json(run):
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert lines[-1]["type"] == "summary"
    (item,) = [line for line in lines if line["type"] == "item"]
    return item, lines[-1]


def test_a_line_for_each_scene_then_chapters_and_summary(cli, config, mock):
    run = cli("timeline", films.still_scenes(), "-m", "mock/gpt-4o;reply=A card.", *config)
    assert run.status == 0, run.stderr
    assert run.stdout.startswith("[00:00] A card.\n[00:03] A card.\n[00:06] A card.\n")
    assert "Summary\nA card." in run.stdout
    with_picture = [r for r in mock.requests() if r["pictures"]]
    assert len(with_picture) == 3, "nine frames were looked at, three scenes asked about"


def test_json_has_frames_scenes_and_times(cli, config):
    run = cli("timeline", films.still_scenes("abac"), "--json", "-m", "mock/gpt-4o;reply=x", *config)
    assert run.status == 0, run.stderr
    item, summary = last_json(run)
    timeline = item["output"]
    assert summary["exit_code"] == 0 and timeline["schema"] == "sensorium.timeline/1"
    assert [round(s["start"]) for s in timeline["scenes"]] == [0, 3, 6, 9]
    assert timeline["scenes"][-1]["end"] == pytest.approx(12, abs=0.5)
    assert timeline["sampling"] | {"sampled": 12, "sent": 3, "duplicates": 1} == timeline["sampling"]
    (repeated,) = [f for f in timeline["frames"] if f["decision"] == "duplicate"]
    assert repeated["time"] == 6
    assert timeline["source"]["width"] == 320 and len(timeline["source"]["sha256"]) == 64


def test_without_a_model_nothing_is_sent(cli, config, mock, tmp_path):
    mock.reset()
    report = tmp_path / "why.jsonl"
    run = cli("timeline", films.still_scenes(), "--no-model", "--report", report, *config)
    assert (run.status, run.stdout) == (0, "[00:00] scene 1\n[00:03] scene 2\n[00:06] scene 3\n"), run.stderr
    assert mock.requests() == []
    reasons = [json.loads(line) for line in report.read_text().splitlines()]
    assert len(reasons) == 9 and all(r["reason"] for r in reasons)


def test_files_in_many_formats(cli, config, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    thumbs = tmp_path / "thumbs"
    run = cli("timeline", films.still_scenes(), "--no-model", "-f", "text,md,json,csv,srt,vtt,contact", "-o", out,
              "--thumbnails", thumbs, *config)
    assert run.status == 0, run.stderr
    stem = films.still_scenes().stem
    assert {p.name for p in out.iterdir()} == {stem + e for e in (".txt", ".md", ".json", ".csv", ".srt", ".vtt", ".jpg")}
    assert (out / f"{stem}.jpg").read_bytes().startswith(b"\xff\xd8")
    assert (out / f"{stem}.vtt").read_text().startswith("WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nScene 1\n")
    assert (out / f"{stem}.csv").read_text().splitlines()[2] == "1,3.000,6.000,"
    assert len(list(thumbs.iterdir())) == 3


def test_subtitles_beside_the_film_are_what_is_said(cli, config, tmp_path):
    film = tmp_path / "talk.mp4"
    film.write_bytes(films.still_scenes().read_bytes())
    (tmp_path / "talk.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello there\n\n")
    run = cli("timeline", film, "--no-model", "-f", "json", *config)
    assert run.status == 0, run.stderr
    transcript = json.loads(run.stdout)["transcript"]
    assert transcript["segments"] == [{"id": 0, "start": 1, "end": 2, "text": "Hello there"}]


def test_sound_without_subtitles_is_said_to_be_missing(cli, config):
    run = cli("timeline", films.still_scenes("ab", 1, True), "--no-model", "-f", "json", *config)
    assert run.status == 0 and json.loads(run.stdout)["transcript"] is None
    assert "not transcribed" in run.stderr


def test_a_budget_of_frames_is_kept(cli, config):
    run = cli("timeline", films.still_scenes("abcd", 2), "--all-frames", "--max-frames", "3", "-f", "json",
              "-m", "mock/gpt-4o;reply=x", *config)
    timeline = json.loads(run.stdout)
    assert timeline["sampling"]["sent"] == 3
    times = [f["time"] for f in timeline["frames"] if f["decision"] == "sent"]
    assert times == sorted(times) and times[-1] > 4, "spread over the film"


def test_failed_questions_are_items_and_the_rest_goes_on(cli, config):
    run = cli("timeline", films.still_scenes("abcd"), "-f", "json", "-m", "mock/gpt-4o;status=500", *config)
    assert run.status == 4, run.stderr
    assert "3 of" not in run.stdout


@pytest.mark.parametrize("detector", ["content", "adaptive"])
def test_detectors_find_cuts_to_the_frame(cli, config, detector):
    run = cli("timeline", films.still_scenes("abcd"), "--scenes", detector, "--no-model", "-f", "json", *config)
    assert run.status == 0, run.stderr
    assert json.loads(run.stdout)["sampling"]["sent"] == 4


@pytest.mark.parametrize("sampling", ["snap", "keyframes"])
def test_other_samplings_find_the_same_scenes(cli, config, sampling):
    run = cli("timeline", films.still_scenes("abcd"), "--sampling", sampling, "--no-model", "-f", "json", *config)
    assert [round(s["start"]) for s in json.loads(run.stdout)["scenes"]] == [0, 3, 6, 9]


def test_from_stdin(cli, config):
    with open(films.still_scenes(), "rb") as film:
        run = subprocess.run([programs.binary(), "timeline", "-", "--no-model", *map(str, config)], stdin=film,
                             capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout.count("\n")) == (0, 3), run.stderr


def test_the_plan_sends_nothing(cli, config, mock):
    mock.reset()
    run = cli("timeline", films.still_scenes(), "--dry-run", "--json", "-m", "openai/gpt-4o", *config)
    plan = json.loads(run.stdout)
    assert run.status == 0 and plan["frames"] == 9 and plan["calls"] == 9 and plan["cost_usd"]["high"] > 0
    assert mock.requests() == []


def test_killed_and_started_again_it_repeats_no_finished_call(cli, config, mock, tmp_path):
    mock.reset()
    film = films.still_scenes("abcdabcd", 2)
    command = [programs.binary(), "timeline", film, "--all-frames", "--concurrency", "1", "-f", "json",
               "-m", "mock/gpt-4o;reply=x;delay=150", *config]
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert programs.eventually(lambda: len(mock.requests()) >= 5, 30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = len(mock.requests())
    run = cli(*command[1:])
    assert run.status == 0, run.stderr
    timeline = json.loads(run.stdout)
    assert timeline["usage"]["repeated_calls"] >= finished - 2
    assert timeline["usage"]["calls"] + timeline["usage"]["repeated_calls"] >= 16


@pytest.mark.parametrize("name, content, word", [
    ("text.mp4", b"This is a text.\n", "no film"),
    ("empty.mp4", b"", "no film"),
    ("picture.mp4", pictures.JPEG, "no film"),
    ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", "no film"),
])
def test_what_is_no_film_is_one_clear_error(cli, config, tmp_path, name, content, word):
    path = tmp_path / name
    path.write_bytes(content)
    run = cli("timeline", path, *config)
    assert run.status == 3 and word in run.stderr and run.stdout == ""


def test_some_good_some_bad_is_partial(cli, config, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no")
    run = cli("timeline", bad, films.still_scenes(), "--no-model", "--json", *config)
    assert run.status == 1
    summary = json.loads(run.stdout.splitlines()[-1])
    assert (summary["ok"], summary["failed"]) == (1, 1)


@pytest.mark.parametrize("flags", [("--fps", "0.01"), ("--fps", "fast"), ("--from", "x"), ("--from", "9", "--to", "3"),
                                   ("-f", "gif"), ("-f", "contact"), ("-f", "md,json")])
def test_wrong_flags_are_usage_errors(cli, config, flags):
    run = cli("timeline", films.still_scenes(), *flags, *config)
    assert run.status == 2 and run.stdout == ""
