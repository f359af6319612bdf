"""Films with known scenes, made once per run by the ffmpeg program."""
import functools
import subprocess
import tempfile
from pathlib import Path

# Pictures that differ in every way a hash can see.
SCENES = ["testsrc2=s=320x180:r=10", "smptebars=s=320x180:r=10", "mandelbrot=s=320x180:r=10", "cellauto=s=320x180:r=10:rule=110:random_seed=5"]


def ffmpeg(*arguments) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)], check=True, timeout=120)


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sensorium-films-"))


@functools.cache
def still_scenes(order: str = "abc", seconds: int = 3, sound: bool = False) -> Path:
    """Each letter is a scene that stands still: "aba" shows the first one again."""
    path = _folder() / f"{order}-{seconds}-{sound}.mp4"
    inputs, graph = [], ""
    for i, letter in enumerate(order):
        inputs += ["-f", "lavfi", "-i", SCENES[ord(letter) - ord("a")]]
        graph += f"[{i}]trim=end_frame=1,loop=-1:1,setpts=N/10/TB,trim=duration={seconds},format=yuv420p[v{i}];"
    graph += "".join(f"[v{i}]" for i in range(len(order))) + f"concat=n={len(order)}[v]"
    more = ["-f", "lavfi", "-i", "sine=d=%d" % (seconds * len(order))] if sound else []
    maps = ["-map", "[v]"] + (["-map", str(len(order))] if sound else [])
    ffmpeg(*inputs, *more, "-filter_complex", graph, *maps, "-c:v", "libx264", "-preset", "veryfast", "-r", 10, path)
    return path
