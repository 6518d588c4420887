#!/bin/sh
# Whether this machine and these credentials reach everything that a run needs: source, bucket, queue, job definition.
# Each line says ok, or what to do. Same as: npx pg-bronze doctor
cd "$(dirname "$0")/.." && exec npx --no-install pg-bronze doctor "$@"
