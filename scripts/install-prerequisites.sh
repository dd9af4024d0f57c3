#!/usr/bin/env bash
# Installs the tools that scripts/setup-kubernetes.sh uses, at the versions that this project is tested with: kubectl, helm and helmfile.
#
# Usage: scripts/install-prerequisites.sh [option…]
#
#   --dir DIR       where the programs go (default: /usr/local/bin if it can be written to, else ~/.local/bin)
#   --only LIST     some of them: --only kubectl,helm
#   --mirror URL    fetch from URL/<host>/<path> instead of https://<host>/<path>, for networks without internet
#                   (also by the variable DOWNLOAD_MIRROR)
#   --dry-run       says what would be done, and changes nothing
#   --help          this text
#
# What is there already at the right version is left alone, and a download that was broken off goes on where it stopped: run it again.
# Every download is checked against the checksum that its publisher puts beside it. Exit codes: 0 done, 1 failed, 2 wrong usage.

set -euo pipefail
# shellcheck source=scripts/lib/terminal.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/terminal.sh"

readonly KUBECTL_VERSION=1.36.3 HELM_VERSION=4.3.1 HELMFILE_VERSION=1.8.0
readonly TOOLS=(kubectl helm helmfile)
readonly DOWNLOADS=${XDG_CACHE_HOME:-$HOME/.cache}/tartware-setup/downloads

directory=''
mirror=${DOWNLOAD_MIRROR:-}
wanted=("${TOOLS[@]}")

read_options() {
  while (($# > 0)); do
    case $1 in
      --dir) take_value "$@"; directory=$VALUE; shift ;;
      --only) take_value "$@"; IFS=, read -r -a wanted <<<"$VALUE"; shift ;;
      --mirror) take_value "$@"; mirror=$VALUE; shift ;;
      --dry-run) DRY_RUN=true ;;
      --help | -h) help_text; exit 0 ;;
      *) usage_error "unknown option '$1'" ;;
    esac
    shift
  done
  local tool
  for tool in "${wanted[@]}"; do
    [[ " ${TOOLS[*]} " == *" $tool "* ]] || usage_error "--only knows no '$tool'; it knows ${TOOLS[*]}"
  done
  if [[ -z $directory ]]; then
    if [[ -w /usr/local/bin ]]; then directory=/usr/local/bin; else directory=$HOME/.local/bin; fi
  fi
}

# The platform in the words of the download sites.
platform() {
  local system machine
  system=$(uname -s | tr '[:upper:]' '[:lower:]')
  case $(uname -m) in
    x86_64 | amd64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail PLATFORM_UNKNOWN "there are no programs for $(uname -m)" 'install kubectl, helm and helmfile from source, then go on with setup-kubernetes.sh' ;;
  esac
  [[ $system == linux || $system == darwin ]] || fail PLATFORM_UNKNOWN "there are no programs for $system" 'use Linux, macOS, or WSL on Windows'
  printf '%s %s' "$system" "$machine"
}

# What each tool is called at its publisher: version, host, path of the file, path of its checksum, and the program inside if it is an archive.
source_of() {
  local system=$2 machine=$3
  case $1 in
    kubectl) echo "$KUBECTL_VERSION dl.k8s.io release/v$KUBECTL_VERSION/bin/$system/$machine/kubectl release/v$KUBECTL_VERSION/bin/$system/$machine/kubectl.sha256" ;;
    helm)
      local archive=helm-v$HELM_VERSION-$system-$machine.tar.gz
      echo "$HELM_VERSION get.helm.sh $archive $archive.sha256sum $system-$machine/helm" ;;
    helmfile)
      local folder=helmfile/helmfile/releases/download/v$HELMFILE_VERSION
      echo "$HELMFILE_VERSION github.com $folder/helmfile_${HELMFILE_VERSION}_${system}_$machine.tar.gz $folder/helmfile_${HELMFILE_VERSION}_checksums.txt helmfile" ;;
  esac
}

# installed_version TOOL PROGRAM: its version without the v, or nothing.
installed_version() {
  [[ -x $2 ]] || return 0
  case $1 in
    kubectl) "$2" version --client 2>/dev/null ;;
    helm) "$2" version --short 2>/dev/null ;;
    helmfile) "$2" --version 2>/dev/null ;;
  esac | grep -Eo '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1 || true
}

address() { if [[ -n $mirror ]]; then printf '%s/%s/%s' "${mirror%/}" "$1" "$2"; else printf 'https://%s/%s' "$1" "$2"; fi; }

# fetch ADDRESS FILE: whole, going on with what an earlier try left in FILE.part.
fetch() {
  local progress=--silent
  [[ -t 2 ]] && progress=--progress-bar
  curl --fail --location --show-error "$progress" --retry 3 --connect-timeout 15 --continue-at - --output "$2.part" "$1" \
    || fail DOWNLOAD_FAILED "$1 could not be fetched" 'run this again, it goes on where it stopped; behind a firewall name a mirror with --mirror URL'
  mv "$2.part" "$2"
}

checksum() { if has sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }

# The checksum of FILE in what its publisher says: a bare one, or a list of `<sum>  <file>`.
published() { awk -v file="$2" 'NF == 1 { print $1 } NF >= 2 { sub(/^[*]/, "", $2); if ($2 == file) print $1 }' "$1" | head -n 1; }

# download TOOL HOST PATH CHECKSUM_PATH FILE: FILE is there and is what its publisher published.
download() {
  local file=$5 sums=$5.sums expected actual
  fetch "$(address "$2" "$4")" "$sums"
  expected=$(published "$sums" "${3##*/}")
  [[ -f $file && $(checksum "$file") == "$expected" ]] || fetch "$(address "$2" "$3")" "$file"
  actual=$(checksum "$file")
  if [[ $actual != "$expected" ]]; then
    rm -f "$file"
    fail CHECKSUM_DIFFERS "$1 from $2 has the checksum $actual, and its publisher says '$expected'" 'the download is removed; run this again, and if it stays so, do not trust the mirror'
  fi
}

install_tool() {
  local tool=$1 version host path sums inside file program=$directory/$1 found
  read -r version host path sums inside <<<"$(source_of "$tool" "$2" "$3")"
  local present
  for present in "$program" "$(command -v "$tool" || true)"; do
    if [[ $(installed_version "$tool" "$present") == "$version" ]]; then
      good "$tool $version is there: $present"
      return
    fi
  done
  found=$(installed_version "$tool" "$program")
  if [[ $DRY_RUN == true ]]; then
    detail "would fetch $tool $version from $(address "$host" "$path") and put it at $program${found:+ in place of $found}"
    return
  fi
  detail "$tool $version: fetching"
  mkdir -p "$DOWNLOADS" "$directory"
  file=$DOWNLOADS/${path##*/}-$version
  download "$tool" "$host" "$path" "$sums" "$file"
  # Beside its place first: a program that is running cannot be written over, and nobody sees half of one.
  if [[ -n $inside ]]; then tar -xzOf "$file" "$inside" >"$program.new"; else cp "$file" "$program.new"; fi
  chmod 755 "$program.new"
  mv -f "$program.new" "$program"
  rm -f "$file" "$file.sums"
  good "$tool $version is at $program${found:+, in place of $found}"
}

main() {
  read_options "$@"
  has curl || fail CURL_MISSING 'curl is not installed, and everything is fetched with it' 'install curl with your system'\''s package manager'
  local system machine tool number=0
  read -r system machine <<<"$(platform)"
  [[ -n $system ]] || exit 1
  for tool in "${wanted[@]}"; do
    number=$((number + 1))
    headline "[$number/${#wanted[@]}] $tool"
    install_tool "$tool" "$system" "$machine"
  done
  case :$PATH: in
    *:"$directory":*) ;;
    *) say "Put $directory in your PATH: export PATH=\"$directory:\$PATH\"" ;;
  esac
}

main "$@"
