#!/bin/sh
# Starts node with the arguments given here: its copy that may open raw sockets (file capability CAP_NET_RAW) where the platform allows that,
# else the plain one. The kernel does not start a file whose capability is outside the bounding set; the scanner then makes connections.
# A small heap and no threads to clean it: a task has a quarter of a processor (docs/decisions/0044-a-second-syn-where-it-is-needed.md).
here=$(cd "$(dirname "$0")" && pwd)
set -- --max-semi-space-size=2 --optimize-for-size --v8-pool-size=0 --no-separate-gc-phases --import "$here/compile-cache.mjs" "$@"
if node-net-raw --version >/dev/null 2>&1; then
  exec node-net-raw "$@"
fi
exec node "$@"
