"""The results of what ran beside the other tests; last by name, so that nobody waits."""


def test_silent_stream_is_kept_alive(silent_stream):
    stream, comments = silent_stream.join_and_tell(60)
    assert stream.named("error") == []
    assert stream.result()["finish_reason"] == "stop"
    pings = [at for text, at in comments if text == "ping"]
    assert pings and pings[0] <= 16.5, comments


def test_client_that_sends_one_byte_a_second_is_cut_off(slow_client):
    assert slow_client.join_and_tell(60), "the service waits forever for the head of a request"
