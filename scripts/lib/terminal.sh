# shellcheck shell=bash
# What the operator's scripts share: how they speak, fail, ask, and run what changes something. Sourced, never run.
# The caller may set DRY_RUN=true: then `change` only says what it would run.

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  printf 'BASH_TOO_OLD: this is bash %s, and 4.4 is needed\n  → install a newer one (on a Mac: brew install bash) and run this again\n' "$BASH_VERSION" >&2
  exit 1
fi

DRY_RUN=${DRY_RUN:-false}

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' RED='' GREEN='' PLAIN=''
fi

say() { printf '%s\n' "$*"; }
detail() { printf '  %s\n' "$*"; }
good() { printf '  %s✔%s %s\n' "$GREEN" "$PLAIN" "$*"; }
headline() { printf '%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }

# problem CODE MESSAGE HINT: an error as every part of this project words it, on stderr.
problem() { printf '%s%s%s: %s\n  → %s\n' "$RED" "$1" "$PLAIN" "$2" "$3" >&2; }

# fail CODE MESSAGE HINT: the same, and the script ends with exit code 1.
fail() {
  problem "$@"
  exit 1
}

# usage_error MESSAGE: what was asked for makes no sense; exit code 2.
usage_error() {
  problem USAGE "$1" "see ${0##*/} --help"
  exit 2
}

# change COMMAND…: runs what changes something, or with DRY_RUN says it, quoted so that it can be pasted.
change() {
  if [[ $DRY_RUN == true ]]; then
    printf '  %swould run:%s' "$DIM" "$PLAIN"
    printf ' %q' "$@"
    printf '\n'
    return 0
  fi
  "$@"
}

# has TOOL: whether it can be run.
has() { command -v "$1" >/dev/null 2>&1; }

# agrees QUESTION: asks, no being the default. @returns 1 for no, and also when there is nobody to ask.
agrees() {
  local answer
  [[ -t 0 ]] || return 1
  read -r -p "$1 [y/N] " answer
  [[ $answer == [yY] || $answer == [yY]es ]]
}

# take_value OPTION [VALUE]: puts the value that follows an option into VALUE, or ends with a usage error.
take_value() {
  if (($# < 2)) || [[ -z $2 || $2 == --* ]]; then usage_error "$1 needs a value"; fi
  # shellcheck disable=SC2034 # read by who calls
  VALUE=$2
}

# help_text: the comment at the head of the script that runs, without its first line and its hashes.
help_text() { sed -n '2,/^$/{s/^# \{0,1\}//p;}' "$0"; }

[[ -n ${HOME:-} ]] || fail HOME_MISSING 'HOME is not set, and downloads and what was done are kept below it' 'export HOME=/some/folder'
