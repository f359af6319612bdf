# Messages and timed steps for ./dev, .ci/run and other scripts; source it, do not run it.
# Surprising: the ticker is the background job and the work stays in front, so that Ctrl-C reaches the work.
#
#   sn_cache                        the cache folder: SENSORIUM_CACHE, else XDG_CACHE_HOME/sensorium
#   say / warn TEXT                 progress and warnings, on stderr
#   fail TEXT [HINT...]             last words, exit 1
#   step TITLE COMMAND...           COMMAND with its output in a log; elapsed time; the log's end on failure
#   step_if_slow TITLE COMMAND...   the same, silent when it is over within a second

if [[ -n ${SN_COMMON_SH:-} ]]; then return 0; fi
SN_COMMON_SH=1

if [[ -t 2 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  sn_bold=$'\e[1m' sn_red=$'\e[31m' sn_yellow=$'\e[33m' sn_dim=$'\e[2m' sn_plain=$'\e[0m'
else
  sn_bold='' sn_red='' sn_yellow='' sn_dim='' sn_plain=''
fi

say() { printf '%s\n' "${sn_bold}==>${sn_plain} $*" >&2; }
warn() { printf '%s\n' "${sn_yellow}warning:${sn_plain} $*" >&2; }
fail() {
  printf '%s\n' "${sn_red}error:${sn_plain} $1" >&2
  if (($# > 1)); then printf '  %s\n' "${@:2}" >&2; fi
  exit 1
}

sn_cache() { printf '%s\n' "${SENSORIUM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/sensorium}"; }

elapsed() {
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}
say_elapsed() { # BEGIN: only what took long is worth a line
  if ((SECONDS - $1 >= 5)); then printf '%s\n' "    ${sn_dim}done in $(elapsed $((SECONDS - $1)))${sn_plain}" >&2; fi
}

sn_ticker() { # TITLE NOW|LATER: when to say the title
  local begin=$SECONDS every=60
  if [[ -t 2 ]]; then every=1; fi
  if [[ $2 == later ]]; then sleep 1; say "$1"; fi
  while sleep "$every"; do
    if [[ -t 2 ]]; then printf '\r%s    %s%s ' "$sn_dim" "$(elapsed $((SECONDS - begin)))" "$sn_plain" >&2
    else printf '    %s so far\n' "$(elapsed $((SECONDS - begin)))" >&2; fi
  done
}

sn_step() {
  local when=$1 title=$2 begin=$SECONDS log status=0
  shift 2
  mkdir -p "$(sn_cache)/logs"
  log="$(sn_cache)/logs/$(tr -cs 'A-Za-z0-9' '-' <<<"$title" | cut -c1-50)$$.log"
  if [[ $when == now ]]; then say "$title"; fi
  sn_ticker "$title" "$when" &
  sn_ticker_pid=$!
  trap sn_stop_ticker EXIT
  "$@" >"$log" 2>&1 </dev/null || status=$?
  sn_stop_ticker
  trap - EXIT
  if ((status != 0)); then
    tail -n 25 -- "$log" | sed 's/^/    /' >&2
    printf '%s\n' "${sn_red}error:${sn_plain} \"$title\" failed with exit $status; its whole output is in $log" >&2
    return "$status"
  fi
  rm -f -- "$log"
  say_elapsed "$begin"
}
sn_stop_ticker() {
  { kill "$sn_ticker_pid" && wait "$sn_ticker_pid"; } 2>/dev/null || true
  if [[ -t 2 ]]; then printf '\r\e[K' >&2; fi
}
step() { sn_step now "$@"; }
step_if_slow() { sn_step later "$@"; }
