#!/bin/sh
# Starts node with the arguments given here: its copy that may open raw sockets (file capability CAP_NET_RAW) where the platform allows that,
# else the plain one. The kernel does not start a file whose capability is outside the bounding set; the scanner then makes connections.
if node-net-raw --version >/dev/null 2>&1; then
  exec node-net-raw "$@"
fi
exec node "$@"
