# Sourced by the scripts beside it: what they share. Not run by itself.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
VENV=$ROOT/.venv
PYTHON=$VENV/bin/python
STOOD=$PWD
cd "$ROOT"

say() { if [ -t 2 ]; then printf '\033[1m== %s\033[0m\n' "$*" >&2; else printf '== %s\n' "$*" >&2; fi; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# new_place NAME: makes PLACE, a folder for what is gone after a run: in memory where there is room and programs
# may be started, for there nothing waits for a disk. A lock holds it as long as anything of the run lives:
# what a run that was killed has left behind, the next one takes away.
new_place() {
    local base=/tmp left
    is_roomy /dev/shm && base=/dev/shm
    for left in "$base/$1".??????; do
        [ -d "$left" ] && [ -n "$(find "$left" -maxdepth 0 -mmin +1)" ] || continue
        flock -n "$left" rm -rf "$left" || true
    done
    PLACE=$(mktemp -d "$base/$1.XXXXXX")
    exec {HELD}<"$PLACE"
    flock "$HELD"
}

# Whether it is a file system in memory with 2 GB of room, half of the memory left, where programs may be started.
is_roomy() {
    local kind free available
    read -r kind free < <(df --output=fstype,avail "$1" 2>/dev/null | tail -n 1) || return 1
    available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null) || return 1
    [ "$kind" = tmpfs ] && [ -w "$1" ] && [ "$free" -ge 2097152 ] && [ "${available:-0}" -ge 4194304 ] \
        && ! findmnt -n -o OPTIONS -T "$1" | grep -qw noexec
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

can_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] && return
    command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }
}

# Debian starts the services of what it installs, on their usual ports; the tests start their own.
POLICY=/usr/sbin/policy-rc.d
without_services() (
    if [ ! -e "$POLICY" ]; then
        trap 'as_root rm -f "$POLICY"' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$POLICY"
    fi
    "$@"
)

# Installs the named Debian packages, or says which are missing and stops.
install_packages() {
    can_install || die "these are missing: $* (names of Debian's packages). Install them, then run this again."
    say "installing $*"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300) log
    log=$(mktemp)
    # A list that can't be read may be one that isn't needed: whether it matters, the installing tells.
    as_root "${apt[@]}" update >"$log" 2>&1 || true
    without_services as_root "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1 \
        || { cat "$log" >&2; die "apt-get could not install: $*"; }
    rm -f "$log"
}

check_python() {
    command -v python3 >/dev/null || install_packages python3 python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
        || die "Python 3.11 or newer is needed; python3 here is $(python3 --version 2>&1)"
    python3 -c 'import venv, ensurepip' 2>/dev/null || install_packages python3-venv
}

# What the environment was made from: the lock, the interpreter and the place.
stamp_of() {
    { cat "$ROOT/requirements/$1.txt"; python3 --version; printf '%s\n' "$ROOT"; } | sha256sum | cut -d' ' -f1
}

is_current() {
    [ "$(cat "$VENV/stamp-$1" 2>/dev/null)" = "$(stamp_of "$1")" ]
}

fill_environment() {
    say "filling .venv from requirements/$1.txt"
    if ! "$PYTHON" -c 'import pip, sys; sys.exit(sys.prefix != sys.argv[1])' "$VENV" 2>/dev/null; then
        rm -f "$VENV"/stamp-*
        python3 -m venv --clear "$VENV"
    fi
    local packages
    packages=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --only-binary :all: \
        --require-hashes -r "$ROOT/requirements/$1.txt" >&2
    # Pip would compile on one core. What can't be compiled is none of ours.
    "$PYTHON" -m compileall -q -j 0 "$packages" >/dev/null 2>&1 || true
    printf '%s\n' "$ROOT/src" >"$packages/opsdesk.pth"
    stamp_of "$1" >"$VENV/stamp-$1"
}

# ensure_environment runtime|dev: everything of dev is a superset of runtime.
ensure_environment() {
    check_python
    local lock
    exec {lock}<"$ROOT/requirements/$1.txt"
    flock "$lock"
    is_current "$1" || { [ "$1" = runtime ] && is_current dev; } || fill_environment "$1"
    exec {lock}<&-
}

# run_opsdesk ARGUMENT...: goes on as the program, in the folder where the user stands, as every path it is given is
# meant from there. -P: a module that happens to lie in that folder is not Opsdesk's.
run_opsdesk() {
    cd "$STOOD"
    exec "$PYTHON" -P -m opsdesk "$@"
}

postgres_bin() {
    local found
    found=$(command -v initdb) || found=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
    [ -n "$found" ] && dirname "$(readlink -f "$found")"
}

has_library() { /sbin/ldconfig -p | grep -F "$1" >/dev/null; }

# What writing PDF takes from the system: Pango, what makes fonts smaller, letters for Korean.
missing_for_pdf() {
    has_library libpangoft2-1.0.so.0 || echo libpangoft2-1.0-0
    has_library libharfbuzz-subset.so.0 || echo libharfbuzz-subset0
    [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || echo fonts-noto-cjk
}

# All but PDF works without: where it can't be installed, that is said and no more.
ensure_pdf() {
    local missing
    mapfile -t missing < <(missing_for_pdf)
    [ ${#missing[@]} = 0 ] && return
    if ! can_install || ! (install_packages "${missing[@]}"); then
        say "PDF needs ${missing[*]} (names of Debian's packages); all else works without"
    fi
}

# What the tests need from the system besides Python: an engine, a mail server, a browser and what its driver is
# linked to, what writes PDF.
ensure_test_tools() {
    local missing=()
    mapfile -t missing < <(missing_for_pdf)
    postgres_bin >/dev/null || missing+=(postgresql)
    [ -x /usr/sbin/dovecot ] || missing+=(dovecot-core)
    [ -x /usr/lib/dovecot/imap ] || missing+=(dovecot-imapd)
    [ -x /usr/bin/chromium ] || missing+=(chromium)
    has_library libatomic.so.1 || missing+=(libatomic1)
    [ ${#missing[@]} = 0 ] && return
    install_packages "${missing[@]}"
    # Nor shall a mail server that came for the tests start with the machine.
    if [[ " ${missing[*]} " = *" dovecot-core "* ]] && [ -d /run/systemd/system ]; then
        as_root systemctl --quiet disable dovecot.service
    fi
}
