# The program of one window: says which process it is, then becomes the session's script.
# Arguments: the window's folder, the script, the terminal emulator, the display.
set -f
folder=$1 script=$2 emulator=$3 display=$4

read -r stat <"/proc/$$/stat" || exit 70
set -- ${stat##*) }
started=${20}
read -r boot </proc/sys/kernel/random/boot_id || exit 70
pidns=$(readlink /proc/self/ns/pid) || exit 70

# Whoever creates this file first is the window of this start. A second one, or one that comes too late, ends here.
(
  umask 077
  set -C
  printf 'pid=%s\nstarted=%s\nboot=%s\npidns=%s\nemulator=%s\ndisplay=%s\n' \
    "$$" "$started" "$boot" "$pidns" "$emulator" "$display" >"$folder/window"
) 2>/dev/null || exit 75

exec /bin/sh "$script"
