#!/usr/bin/env bash
# Makes the films of this bench, the same every time, with their known cut times in a *.json beside each.
#   scenes300_a.mp4, scenes300_b.mp4   300 s each, 1080p30 H.264, hard cuts, two seeds
#   film600.mp4, film3600.mp4          the same parts joined by stream copy, a b b b ...: about 4 Mb/s
# Output: $SENSORIUM_BENCH_MEDIA (default ~/.cache/sensorium-bench). Needs ffmpeg, python3, jq; half an hour of one core.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${SENSORIUM_BENCH_MEDIA:-$HOME/.cache/sensorium-bench}
mkdir -p "$out"

make_one() { # NAME SEED
  local name=$1 seed=$2 mp4=$out/$1.mp4 plan=$out/$1.json
  [[ -s $mp4 ]] && return
  python3 "$here/plan_scenes.py" "$seed" >"$plan"
  local seconds; seconds=$(jq -r .seconds "$plan")
  jq -r '.scenes[] | "\(.frames)\t\(.graph)"' "$plan" |
    while IFS=$'\t' read -r frames graph; do
      ffmpeg -nostdin -hide_banner -loglevel error -f lavfi -i "$graph" -frames:v "$frames" \
        -f rawvideo -pix_fmt yuv420p - </dev/null
    done |
    ffmpeg -nostdin -hide_banner -loglevel error -y -f rawvideo -pix_fmt yuv420p -s 1920x1080 -r 30 -i pipe:0 \
      -f lavfi -t "$seconds" -i "sine=frequency=$((300 + seed)):sample_rate=48000" \
      -map 0:v -map 1:a -c:v libx264 -preset "${PRESET:-veryfast}" -crf 23 -g 250 -pix_fmt yuv420p \
      -c:a aac -b:a 64k -movflags +faststart -f mp4 "$mp4.part"
  mv "$mp4.part" "$mp4"
}

join() { # NAME PARTS, PARTS like abbb
  local name=$1 parts=$2 list=$out/$1.txt i
  [[ -s $out/$name.mp4 ]] && return
  : >"$list"
  for ((i = 0; i < ${#parts}; i++)); do echo "file 'scenes300_${parts:i:1}.mp4'" >>"$list"; done
  ffmpeg -nostdin -hide_banner -loglevel error -y -f concat -safe 0 -i "$list" -c copy -movflags +faststart \
    -f mp4 "$out/$name.mp4.part"
  mv "$out/$name.mp4.part" "$out/$name.mp4"
  jq -s --arg parts "$parts" '. as [$a, $b] | ($parts / "") as $p | {fps: 30, seconds: (300 * ($p | length)),
    cuts: [range($p | length) as $k | ($k * 300) as $t | (if $k > 0 then $t else empty end),
           ((if $p[$k] == "a" then $a else $b end).cuts[] + $t)]}' \
    "$out"/scenes300_{a,b}.json >"$out/$name.json"
}

make_one scenes300_b 2
make_one scenes300_a 1
join film600 ab
join film3600 abbbabbbabbb
ls -l "$out"/*.mp4
