#!/bin/sh
# See to it that a Chromium is here for the journeys; install Debian's where that is possible.
set -eu
if [ -n "${ETASU_CHROMIUM:-}" ] || command -v chromium >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    exec "$(dirname "$0")/debian.sh" chromium
fi
echo "The journeys drive a real browser, and no Chromium was found." >&2
echo "On Debian: sudo apt-get install chromium. Elsewhere: ETASU_CHROMIUM=/path/to/chrome make test" >&2
exit 1
