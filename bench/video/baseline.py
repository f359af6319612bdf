#!/usr/bin/env python3
"""The usual Python frame extraction: read every frame in order with OpenCV, keep each int(video_fps/fps)-th,
perceptual hash (imagehash.phash) of the JPEG that was written, a new scene when the distance to the frame before is
above the threshold. Or PySceneDetect. Prints one JSON object.

baseline.py VIDEO extract|content|adaptive [FPS]
"""
import json
import resource
import sys
import tempfile
import time
from pathlib import Path


def extract(video: str, fps: float, threshold: int = 10) -> dict:
    import cv2
    import imagehash
    from PIL import Image

    capture = cv2.VideoCapture(video)
    video_fps = capture.get(cv2.CAP_PROP_FPS)
    interval = int(video_fps / fps)
    sampled, kept, before, index = [], [], None, 0
    with tempfile.TemporaryDirectory() as folder:
        while True:
            ok, frame = capture.read()
            if not ok:
                break
            if index % interval == 0:
                path = str(Path(folder) / f"frame_{index:06d}.jpg")
                cv2.imwrite(path, frame)
                now = imagehash.phash(Image.open(path))
                at = round(index / video_fps, 3)
                sampled.append(at)
                if before is None or now - before > threshold:
                    kept.append(at)
                before = now
            index += 1
    return {"sampled": sampled, "kept": kept}


def detect(video: str, name: str) -> dict:
    import scenedetect

    detector = scenedetect.ContentDetector() if name == "content" else scenedetect.AdaptiveDetector()
    scenes = scenedetect.detect(video, detector)
    return {"cuts": [round(scene[0].get_seconds(), 3) for scene in scenes][1:]}


def main() -> None:
    video, what = sys.argv[1], sys.argv[2]
    begin = time.perf_counter()
    found = extract(video, float(sys.argv[3]) if len(sys.argv) > 3 else 1.0) if what == "extract" else detect(video, what)
    wall = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"wall_s": round(wall, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2),
                      "peak_rss_mib": round(used.ru_maxrss / 1024, 1), **found}))


main()
