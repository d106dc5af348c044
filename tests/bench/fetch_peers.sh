#!/bin/sh
# Unpacks syslog-ng from Debian's packages into DIR, beside what the system has installed: as a
# package it cannot be there together with rsyslog. Libraries that the system lacks come along.
# Afterwards: EVENTFWD_BENCH_PEERS=DIR tests/bench/spine.py …

set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR" >&2
    exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
downloads=$dir/debs
mkdir -p "$downloads"

fetch() {
    (cd "$downloads" && apt-get download -q "$1")
    dpkg -x "$downloads/$1"_*.deb "$dir"
}

# What PACKAGE needs of libraries, as far as the system lacks them, and what those need.
fetch_libraries() {
    for library in $(apt-cache depends "$1" | sed -n 's/^ [ |]Depends: \(lib[^ ]*\)$/\1/p'); do
        if ! dpkg-query -W -f '${Status}' "$library" 2>/dev/null | grep -q ' installed$' &&
            ! ls "$downloads/$library"_*.deb >/dev/null 2>&1; then
            fetch "$library"
            fetch_libraries "$library"
        fi
    done
}

for package in syslog-ng-core syslog-ng-mod-http; do  # the second has its http() destination
    fetch "$package"
    fetch_libraries "$package"
done

# The loader has the last word on whether anything is missing.
libraries=$(find "$dir/usr/lib" "$dir/lib" -name '*.so*' -exec dirname {} \; 2>/dev/null |
    sort -u | paste -sd:)
if LD_LIBRARY_PATH=$libraries ldd "$dir/usr/sbin/syslog-ng" | grep 'not found'; then
    echo "$0: libraries are missing, see above" >&2
    exit 1
fi
LD_LIBRARY_PATH=$libraries "$dir/usr/sbin/syslog-ng" --version | head -1
echo "use it with EVENTFWD_BENCH_PEERS=$dir"
