# The program of one screen window: says which process it is, then becomes the session's script.
# Arguments: the window's folder, the script.
# It ends with 0 whatever is in its way, since screen keeps the window of a program that failed.
set -f
folder=$1 script=$2

read -r stat <"/proc/$$/stat" || exit 0
set -- ${stat##*) }
started=${20}
read -r stat <"/proc/$PPID/stat" || exit 0
set -- ${stat##*) }
screen_started=${20}
read -r boot </proc/sys/kernel/random/boot_id || exit 0
pidns=$(readlink /proc/self/ns/pid) || exit 0

# Whoever creates this file first is the window of this start. A second one, or one that comes too late, ends here.
(
  umask 077
  set -C
  printf 'pid=%s\nstarted=%s\nboot=%s\npidns=%s\nscreen=%s\nscreen_started=%s\nwindow=%s\n' \
    "$$" "$started" "$boot" "$pidns" "$STY" "$screen_started" "$WINDOW" >"$folder/window"
) 2>/dev/null || exit 0

# Without a terminal of its own to copy from, screen gives its windows one from which a program may read nothing and take it for the end.
stty sane min 1 time 0 iutf8 2>/dev/null

# A screen that the session itself calls is not to open windows beside it, nor to stand among ours.
unset STY WINDOW SCREENDIR SYSSCREENRC TERMCAP CODEX_PLANNER_COMMAND_KEY
exec /bin/sh "$script"
