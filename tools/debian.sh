#!/bin/sh
# Install packages of Debian, named as arguments; one caller at a time, for apt refuses a second.
set -eu
exec flock "${TMPDIR:-/tmp}/etasu-apt.lock" sh -c '
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
' apt "$@"
