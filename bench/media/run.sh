#!/bin/sh
# Prepares one 12-megapixel JPEG in every way on one core and prints the ratios. Needs python3 with Pillow
# and numpy (PYTHON=... names one) and build/release/prep_bench (ninja -C build/release prep_bench).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
program=${1:-$here/../../build/release/prep_bench}
rounds=${ROUNDS:-10}
picture=${PICTURE:-${XDG_CACHE_HOME:-$HOME/.cache}/sensorium/bench/12mp.jpg}
if [ ! -f "$picture" ]; then
  mkdir -p "$(dirname "$picture")"
  "$python" "$here/make_picture.py" "$picture"
fi
{
  taskset -c 0 "$program" "$picture" "$rounds"
  taskset -c 0 "$python" "$here/prep_pillow.py" "$picture" --rounds "$rounds"
} | "$python" -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
ours = next(row for row in rows if row["way"] == "sensorium")
print(f"{chr(0x57)+chr(0x61)+chr(0x79):16}{chr(67)}PU ms   wall ms   of ours   result")
for row in rows:
    print(f"{row[chr(119)+chr(97)+chr(121)]:16}{row[chr(99)+chr(112)+chr(117)+chr(95)+chr(109)+chr(115)]:6}")
'
