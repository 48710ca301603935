#!/bin/sh
# Make .venv with all that a target of the Makefile needs; do nothing when it is there already.
#
#   tools/setup.sh gui    the plugin, napari and a Qt binding: for `make demo`
#   tools/setup.sh docs   the package and what builds its site: for `make site`
#   tools/setup.sh dev    all of this, and what checks the code: for `make test`
#
# Environment:
#   PYTHON=...      the interpreter to use; by default the newest that works
#   SYSTEM=skip     do not look for system libraries
set -eu

extra=${1:-dev}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$here"

# What Qt, OpenGL in software and a display without a screen need, as Debian and Ubuntu call it.
libraries="libegl1 libgl1 libgl1-mesa-dri libglx-mesa0 libopengl0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4
libxcb-keysyms1 libxcb-shape0 libxcb-xinerama0 libxcb-image0 libxcb-render-util0 libxcb-randr0 libdbus-1-3
libfontconfig1 libglib2.0-0 fonts-dejavu-core xvfb"

say() { printf '%s\n' "set-up: $*" >&2; }
fail() { say "$*"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

install_packages() {
    say "installing $*"
    apt-get update -qq >&2 || say "apt-get update failed; trying with the lists that are there"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
        fail "apt-get could not install: $*. Install these packages by hand, then try again."
}

# Print those of the named packages that are not installed. A renamed one provides its old name.
not_installed() {
    dpkg-query -W -f='${db:Status-Status} ${Package}, ${Provides}\n' | awk -v names="$*" '
        $1 == "installed" { for (i = 2; i <= NF; i++) { sub(/,$/, "", $i); there[$i] = 1 } }
        END { n = split(names, wanted); for (i = 1; i <= n; i++) if (!(wanted[i] in there)) print wanted[i] }'
}

missing_libraries() {
    [ "${SYSTEM:-}" = skip ] && return
    command -v dpkg-query >/dev/null 2>&1 || return 0 # not Debian: the desktop brings what Qt needs
    # shellcheck disable=SC2086 # one word for each package is what is wanted
    not_installed $libraries
}

# A version manager's shim can exist without its version being active, so that each candidate has to be run.
runs() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The newest that works and can make virtual environments; else the newest that works.
find_python() {
    second=""
    for candidate in ${PYTHON:-python3.13 python3.14 python3.12 python3.11 python3}; do
        runs "$candidate" || continue
        if has_venv "$candidate"; then printf '%s' "$candidate"; return; fi
        second=${second:-$candidate}
    done
    [ -n "$second" ] || fail "no Python from 3.11 to 3.14 was found; install one, or name it: make PYTHON=/path/to/python ..."
    printf '%s' "$second"
}

missing_venv() {
    if [ -n "$python" ] && ! has_venv "$python"; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

need_packages() {
    missing=$(printf '%s\n' "$(missing_venv)" "$(missing_libraries)" | xargs)
    [ -z "$missing" ] && return
    if is_root && command -v apt-get >/dev/null 2>&1; then
        # shellcheck disable=SC2086
        install_packages $missing
    else
        fail "these system packages are missing; install them, as root: apt-get install $missing
set-up: To go on without those that Qt needs: make SYSTEM=skip ..."
    fi
}

# The stamp holds what the environment was made from: another pyproject.toml or version makes it new.
wanted() {
    .venv/bin/python - "$here" <<'PROGRAM'
import hashlib, pathlib, sys
text = pathlib.Path("pyproject.toml").read_bytes() + "\n".join((sys.argv[1], sys.version)).encode()
print(hashlib.sha256(text).hexdigest())
PROGRAM
}

current() {
    for file in .venv/.installed-dev ".venv/.installed-$extra"; do
        [ -f "$file" ] && [ "$(cat "$file")" = "$1" ] && return 0
    done
    return 1
}

python=""
if ! { [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' >/dev/null 2>&1; }; then
    python=$(find_python)
fi
need_packages
if [ -n "$python" ]; then
    say "making .venv with $("$python" --version 2>&1)"
    "$python" -m venv --clear .venv || fail "$python could not make .venv; name another: make PYTHON=/path/to/python ..."
fi
stamp=$(wanted)
if ! current "$stamp"; then
    size="more than 1 GB with napari and Qt, some minutes"
    [ "$extra" = docs ] && size="some 300 MB, a minute"
    say "installing napari-deconvolve[$extra] into .venv: $size"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]" ||
        fail "pip could not install napari-deconvolve[$extra]; its message is above."
    printf '%s\n' "$stamp" >".venv/.installed-$extra"
fi
