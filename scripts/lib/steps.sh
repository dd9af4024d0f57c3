# shellcheck shell=bash
# Steps of a long script that can be broken off: what is done is written down, and the next run goes on behind it. Sourced after terminal.sh.
#
# The caller sets STEPS (the names in order) and STEP_TITLES (an associative array), writes a function step_<name> for each (hyphens become
# underscores), STEP_SETTINGS and STEP_INPUTS (what the steps depend on), and calls run_steps. STEP_FOLDER is where it is written down; without it
# nothing is. A step that is named in REPEATED always runs.

STEP_FOLDER=''
# true: no step is taken for done.
STEPS_AGAIN=false

# The settings that the caller put into STEP_SETTINGS and the files of STEP_INPUTS, as one number: it changes when one of them does.
fingerprint() {
  {
    printf '%s\n' "$STEP_SETTINGS" "${STEP_INPUTS[@]}"
    cat "${STEP_INPUTS[@]}"
  } | cksum | cut -d ' ' -f 1
}

# was_done STEP FINGERPRINT: whether an earlier run finished the step with just these inputs.
was_done() { [[ $STEPS_AGAIN != true && -n $STEP_FOLDER && -f $STEP_FOLDER/$1 && $(<"$STEP_FOLDER/$1") == "$2" ]]; }

# was_begun STEP: whether an earlier run began the step and never came to its end, because it was killed.
was_begun() { [[ -n $STEP_FOLDER && -f $STEP_FOLDER/$1.begun ]]; }

note_begun() {
  [[ -n $STEP_FOLDER && $DRY_RUN != true ]] || return 0
  mkdir -p "$STEP_FOLDER"
  : >"$STEP_FOLDER/$1.begun"
}

# works PROCESS: it is there, and more than the remains of one that nobody has buried.
works() { kill -0 "$1" 2>/dev/null && [[ $(ps -o stat= -p "$1" 2>/dev/null) != Z* ]]; }

# claim_folder: this run is the only one that works with STEP_FOLDER. @throws ALREADY_RUNNING
# A run that was killed may have left a command behind that still works: its number is in the file too.
claim_folder() {
  [[ -n $STEP_FOLDER && $DRY_RUN != true ]] || return 0
  local process processes=()
  read -r -a processes 2>/dev/null <"$STEP_FOLDER/running" || true
  for process in "${processes[@]}"; do
    if works "$process"; then
      fail ALREADY_RUNNING "process $process of an earlier run is still at work on this cluster" 'wait until it has ended, then run this again'
    fi
  done
  mkdir -p "$STEP_FOLDER"
  echo "$$" >"$STEP_FOLDER/running"
}

release_folder() { if [[ -n $STEP_FOLDER && -f $STEP_FOLDER/running && $(<"$STEP_FOLDER/running") == "$$" ]]; then rm -f "$STEP_FOLDER/running"; fi; }

# attended COMMAND…: runs it as change does, and writes down that it runs. A signal to this script ends it too.
attended() {
  if [[ $DRY_RUN == true || -z $STEP_FOLDER ]]; then
    change "$@"
    return
  fi
  local child code=0
  "$@" &
  child=$!
  echo "$$ $child" >"$STEP_FOLDER/running"
  # shellcheck disable=SC2064 # this child, now
  trap "kill -TERM $child 2>/dev/null; wait $child; exit 143" TERM INT HUP
  wait "$child" || code=$?
  trap - TERM INT HUP
  echo "$$" >"$STEP_FOLDER/running"
  return "$code"
}

note_done() {
  [[ -n $STEP_FOLDER && $DRY_RUN != true && " ${REPEATED[*]} " != *" $1 "* ]] || return 0
  mkdir -p "$STEP_FOLDER"
  printf '%s\n' "$2" >"$STEP_FOLDER/$1"
  rm -f "$STEP_FOLDER/$1.begun"
}

# run_steps NAME…: each in turn; what was done before with the same inputs is passed over, unless it is in REPEATED.
run_steps() {
  local step number=0 total=$# inputs started
  inputs=$(fingerprint)
  for step in "$@"; do
    number=$((number + 1))
    headline "[$number/$total] ${STEP_TITLES[$step]}"
    if was_done "$step" "$inputs"; then
      good 'done by an earlier run'
      continue
    fi
    started=$SECONDS
    CURRENT_STEP=$step
    "step_${step//-/_}"
    note_done "$step" "$inputs"
    detail "$((SECONDS - started)) s"
  done
  # shellcheck disable=SC2034 # read by the caller's trap
  CURRENT_STEP=''
}
