#!/bin/sh
# Fills `.compiled` while the image is made, so that no task strips types: 36 MB of memory less, and a quicker start. Each program runs as far as
# it comes without a task: main.ts to its empty environment, a worker to the thread that it is not in. The last two are loaded when needed.
here=$(dirname "$0")
for program in main.ts engines/syn/worker.ts engines/connect/worker.ts ../adapters/aws/dynamo/run-shards.ts \
  ../node_modules/koffi/index.cjs; do
  env -i PATH="$PATH" sh "$here/start.sh" "$here/$program" >/dev/null 2>&1
done
test -n "$(ls "$here/../.compiled")"
