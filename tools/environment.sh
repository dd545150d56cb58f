#!/bin/sh
# Make .venv with the locked packages and Etasu itself, from any Python 3.11 or newer.
set -eu
cd "$(dirname "$0")/.."

# The first of them that has these modules. The distribution's comes first: it is compiled with
# optimizations; one compiled by hand often is not, and takes a fifth longer over everything.
python_with() {
    for name in ${PYTHON:-} /usr/bin/python3.11 python3.11 python3.12 python3.13 python3; do
        if "$name" -c "import $1; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

find_python() {
    python_with sys,ensurepip || python_with sys && return
    echo "Etasu needs Python 3.11 or newer. Install it, or say which: make PYTHON=/path/to/python3" >&2
    exit 1
}

install_venv_module() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "This Python cannot make virtual environments. On Debian or Ubuntu:" >&2
        echo "    sudo apt-get install python3-venv" >&2
        exit 1
    fi
    tools/debian.sh python3-venv
}

python=$(find_python)
if ! "$python" -m venv .venv >/dev/null 2>&1; then
    rm -rf .venv
    install_venv_module
    "$python" -m venv .venv
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install --quiet --quiet --no-compile --require-hashes \
    --requirement requirements/dev.txt
# On all cores, which pip does on one; what does not compile is for another Python, and never read.
.venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
.venv/bin/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .
touch .venv/installed
