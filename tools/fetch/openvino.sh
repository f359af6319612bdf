#!/usr/bin/env bash
# Fetches OpenVINO's runtime (headers, libraries, CPU plugin, ONNX reader) for sensorium-reader from its
# Python wheel into the user's cache folder and prints that folder. Quick when it is there already.
# Surprising: GPU and NPU plugins and the Python parts are left out; they are more than half of it.
set -euo pipefail
. "$(dirname "$0")/wheel.sh"

version=2026.4.1
wheel="openvino-$version-22982-cp311-cp311-manylinux_2_28_x86_64.whl"
sha256=2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf
target="$fetch_root/openvino-$version"

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) ;;
  *) fetch_fail "OpenVINO $version is set up for Linux on x86_64 only, this is $(uname -s) on $(uname -m)" \
    "Configure with -DSN_BUILD_READER=OFF, or point -DSN_OPENVINO_DIR at an OpenVINO of your own" ;;
esac

install() {
  [ -f "$target/.complete" ] && return 0
  local part="$target.part"
  rm -rf "$part"
  mkdir -p "$part"
  fetch_from_mirror "$wheel" "$sha256" "$part" ||
    fetch_from_index "openvino==$version" manylinux_2_28_x86_64 "$wheel" "$sha256" "$part" ||
    fetch_fail "OpenVINO $version could not be fetched" \
      "Check the network and pip's settings, or put $wheel into a folder and set SENSORIUM_MIRROR to it"
  fetch_unzip "$part/$wheel" "$part" 'openvino/include/openvino/*' 'openvino/libs/libopenvino.so.*' \
    'openvino/libs/libopenvino_intel_cpu_plugin.so' 'openvino/libs/libopenvino_onnx_frontend.so.*' \
    'openvino/libs/libopenvino_ir_frontend.so.*' 'openvino/libs/libtbb*.so.*' 'openvino/libs/libhwloc.so.*' \
    'openvino-*.dist-info/licenses/*' 'openvino-*.dist-info/METADATA'
  rm -f "$part/$wheel"
  [ -f "$part/openvino/include/openvino/openvino.hpp" ] || fetch_fail "$wheel holds no C++ headers" "Report it"
  touch "$part/.complete"
  rm -rf "$target"
  mv "$part" "$target"
}

fetch_locked "$target" install
printf '%s\n' "$target"
