#!/bin/sh
# Try the package in other environments than that of development.
#
#   tools/environment.sh lowest    the lowest Python, with the lowest version of each library that pyproject.toml names:
#                                  run the tests
#   tools/environment.sh newest    an environment that has the newest napari: install the package as a user does, and see
#                                  that no version changes, that napari takes the plugin, and that a first run works
#
# Environments are kept in .venv-lowest and .venv-newest, and made anew when pyproject.toml changes.
set -eu

which=${1:?"give lowest or newest"}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$here"
place=".venv-$which"
mark="$place/.made-from"

say() { printf '%s\n' "$which: $*" >&2; }

# The first of some interpreters that there is.
python_of() {
    for candidate in "$@"; do
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then printf '%s' "$candidate"; return; fi
    done
    say "none of these was found: $*"
    exit 1
}

made() { cmp -s pyproject.toml "$mark"; }

lowest() {
    if ! made; then
        rm -rf "$place"
        "$(python_of python3.11)" -m venv "$place"
        "$place/bin/python" -m pip install --quiet uv
        "$place/bin/uv" pip install --quiet --python "$place/bin/python" --resolution lowest-direct --editable '.[test]'
        cp pyproject.toml "$mark"
    fi
    begin=$(date +%s)
    "$place/bin/python" -m pytest --quiet --numprocesses 2 --dist worksteal --ignore tests/gui/test_responsive.py \
        --ignore tests/gui/faults/test_many_runs.py
    say "tests passed with the lowest versions in $(($(date +%s) - begin)) s"
}

newest() {
    begin=$(date +%s)
    rm -rf "$place"
    "$(python_of python3.13 python3.12 python3.11)" -m venv "$place"
    "$place/bin/python" -m pip install --quiet 'napari[pyqt6]'
    "$place/bin/python" -m pip freeze >"$place/before"
    "$place/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$place/wheel" .
    "$place/bin/python" -m pip install --quiet "$(echo "$place"/wheel/*.whl)[gui]"
    "$place/bin/python" -m pip freeze --exclude napari-deconvolve >"$place/after"
    if changed=$(grep -vxF -f "$place/after" "$place/before"); then
        say "these versions changed: $changed"
        exit 1
    fi
    "$place/bin/npe2" validate napari-deconvolve
    "$place/bin/python" -c '
import numpy as np
import napari_deconvolve as nd
image = np.random.default_rng(0).poisson(30, (32, 32))
result = nd.deconvolve(image, nd.psf.gaussian(3.0, ndim=2), nd.Recipe(iterations=3))
assert nd.verify(result, image).identical
print(result.made)'
    say "no version of the environment changed; $(($(date +%s) - begin)) s"
}

case $which in
lowest | newest) "$which" ;;
*) say "give lowest or newest"; exit 1 ;;
esac
