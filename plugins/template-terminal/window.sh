# The program of one terminal: says which process it is, then becomes the session's script.
# Arguments: the terminal's folder, the script, the name of the socket.
set -f
folder=$1 script=$2 socket=$3

read -r stat <"/proc/$$/stat" || exit 1
set -- ${stat##*) }
started=${20}
read -r boot </proc/sys/kernel/random/boot_id || exit 1
pidns=$(readlink /proc/self/ns/pid) || exit 1

# Whoever creates this file first is the terminal of this start. A second one, or one that comes too late, ends here.
(
  umask 077
  set -C
  printf '%s\n' "$$" "$started" "$boot" "$pidns" "$socket" >"$folder/window"
) 2>/dev/null || exit 0

# Until somebody looks at it, a terminal has no size.
stty sane rows 24 cols 80 iutf8 2>/dev/null
exec /bin/sh "$script"
