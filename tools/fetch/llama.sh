#!/usr/bin/env bash
# Builds llama-server (llama.cpp, MIT) once per version into the user's cache folder and prints its path.
# Surprising: the binary is built for this CPU; on a machine that lacks one of its instruction sets it is built anew.
#
#   tools/fetch/llama.sh [--print]     --print: only say where it is; exit 1 when it is not there
#
# Sources, first that works: $SENSORIUM_MIRROR (llama.cpp/, llama.cpp.bundle or the npm package), a llama-server of this
# version in PATH, the upstream tag, the npm package node-llama-cpp, which carries the same sources as a git bundle.
# Variables: SENSORIUM_CACHE, SENSORIUM_MIRROR, SENSORIUM_JOBS (build jobs, default: all cores).
set -euo pipefail

VERSION=0.5.0
UPSTREAM=https://github.com/ggml-org/llama.cpp
NPM_PACKAGE=node-llama-cpp@3.22.1
NPM_FILE=node-llama-cpp-3.22.1.tgz
NPM_SHA256=a0d9dd80eacd2ab1cfe71aee57ac8a806487fd70b3d2a38fbec637752d9e5c5f
BUNDLE_SHA256=5f5d1105d5df040738d87b8290e5d17e7362131cdcfdb0831618e0ea528b4a51
# Instruction sets that ggml looks for; the other flags of /proc/cpuinfo do not matter.
CPU_SETS='sse3|ssse3|sse4_2|avx|avx2|avx_vnni|fma|f16c|bmi2|avx512[a-z0-9_]*|amx_[a-z0-9]*|asimd[a-z0-9]*|sve2?|i8mm|bf16'

CACHE=${SENSORIUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sensorium}
HOME_DIR=$CACHE/engines/llama-$VERSION
PROGRAM=$HOME_DIR/bin/llama-server
WORK=$CACHE/engines/build/llama-$VERSION

say() { printf 'llama: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

cpu_sets() { grep -m1 -E '^(flags|Features)' /proc/cpuinfo | tr ' ' '\n' | grep -xE "$CPU_SETS" | sort -u || true; }

# The program is there, starts, and was built for nothing that this CPU lacks.
usable() {
  [[ -x $PROGRAM && -f $HOME_DIR/cpu ]] || return 1
  [[ -z $(comm -23 "$HOME_DIR/cpu" <(cpu_sets)) ]] || return 1
  "$PROGRAM" --version >/dev/null 2>&1
}

in_path() {
  local found
  found=$(command -v llama-server) || return 1
  "$found" --version 2>&1 | grep -qE "version: ${VERSION%.*}\.[0-9]+" || return 1
  printf '%s\n' "$found"
}

# Each source_* fills $WORK/source or fails.
source_from_repository() { timeout "${2:-600}" git -c advice.detachedHead=false clone -q ${3:+--depth 1 --branch "$3"} "$1" "$WORK/source.part" 2>/dev/null; }

source_from_package() {
  [[ -f $1 ]] || return 1
  echo "$NPM_SHA256  $1" | sha256sum --check --status || { say "$1 is not $NPM_PACKAGE: SHA-256 differs"; return 1; }
  tar -xzf "$1" -C "$WORK" package/llama/gitRelease.bundle
  local bundle=$WORK/package/llama/gitRelease.bundle
  echo "$BUNDLE_SHA256  $bundle" | sha256sum --check --status || { say "the bundle in $1 has another SHA-256"; return 1; }
  source_from_repository "$bundle"
}

source_from_mirror() {
  local mirror=${SENSORIUM_MIRROR:-}
  [[ -n $mirror ]] || return 1
  if [[ -d $mirror/llama.cpp/.git ]]; then source_from_repository "$mirror/llama.cpp"
  elif [[ -f $mirror/llama.cpp.bundle ]]; then source_from_repository "$mirror/llama.cpp.bundle"
  elif [[ -f $mirror/llama.cpp/CMakeLists.txt ]]; then cp -r "$mirror/llama.cpp" "$WORK/source.part"
  else source_from_package "$mirror/$NPM_FILE"; fi
}

source_from_upstream() { # a short look first: without a route, git would wait for minutes
  GIT_TERMINAL_PROMPT=0 timeout 10 git ls-remote -q --exit-code "$UPSTREAM" "v$VERSION" >/dev/null 2>&1 || return 1
  source_from_repository "$UPSTREAM" 600 "v$VERSION"
}

source_from_npm() {
  command -v npm >/dev/null || { say "npm is not installed"; return 1; }
  (cd "$WORK" && timeout 600 npm pack --silent "$NPM_PACKAGE" >/dev/null) || return 1
  source_from_package "$WORK/$NPM_FILE"
}

get_source() {
  [[ -f $WORK/source/CMakeLists.txt ]] && return 0
  local kind
  for kind in mirror upstream npm; do
    rm -rf "$WORK/source.part"
    if "source_from_$kind"; then
      mv "$WORK/source.part" "$WORK/source"
      say "sources of version $VERSION: $kind"
      return 0
    fi
  done
  die "no source of llama.cpp $VERSION could be reached: tried \$SENSORIUM_MIRROR, $UPSTREAM and npm pack $NPM_PACKAGE. Put $NPM_FILE into a folder and set SENSORIUM_MIRROR to it."
}

build() {
  local tool
  for tool in cmake ninja git; do command -v $tool >/dev/null || die "$tool is not installed: ./dev setup installs it"; done
  local launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  if ! command -v c++ >/dev/null; then launcher+=(-DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19); fi
  cmake -S "$WORK/source" -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF \
    -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DGGML_NATIVE=ON -DGGML_CCACHE=OFF "${launcher[@]}" >"$WORK/configure.log" 2>&1 ||
    { tail -n 20 "$WORK/configure.log" >&2; die "configuring llama.cpp failed: $WORK/configure.log"; }
  say "building llama-server $VERSION with ${SENSORIUM_JOBS:-$(nproc)} jobs (about 12 minutes of CPU time, once)"
  cmake --build "$WORK/build" --target llama-server -j "${SENSORIUM_JOBS:-$(nproc)}" >"$WORK/build.log" 2>&1 ||
    { tail -n 30 "$WORK/build.log" >&2; die "building llama.cpp failed: $WORK/build.log"; }
}

install_program() {
  local fresh=$HOME_DIR.part
  rm -rf "$fresh"
  mkdir -p "$fresh/bin"
  install -m 755 -s "$WORK/build/bin/llama-server" "$fresh/bin/llama-server"
  cp "$WORK/source/LICENSE" "$fresh/LICENSE"
  cpu_sets >"$fresh/cpu"
  "$fresh/bin/llama-server" --version >/dev/null 2>&1 || die "the llama-server just built does not start"
  rm -rf "$HOME_DIR"
  mv "$fresh" "$HOME_DIR"
  rm -rf "$WORK"
}

if usable; then echo "$PROGRAM"; exit 0; fi
if in_path; then exit 0; fi
[[ ${1:-} == --print ]] && exit 1

mkdir -p "$WORK"
exec 9>"$CACHE/engines/llama-$VERSION.lock"
flock 9
if usable; then echo "$PROGRAM"; exit 0; fi # built by another process while we waited
get_source
build
install_program
say "ready: $PROGRAM"
echo "$PROGRAM"
