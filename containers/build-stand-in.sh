#!/usr/bin/env bash
# Builds and tries the image without Docker and without a registry of images: on a base of debootstrap's Debian with npm and a
# Node.js 24 from the registry of packages, by buildah, in a chroot. Needs root, and apt-get install buildah debootstrap.
#
#   containers/build-stand-in.sh [DSN]
#
# With a DSN it also lands public.verse of that database, from inside the container. Prints the image's size and start-up figures.
# Base and image stay in STAND_IN_FOLDER, half a gigabyte; the machine's own images and containers are not touched.
set -euo pipefail
cd "$(dirname "$0")/.."

work=${STAND_IN_FOLDER:-${TMPDIR:-/tmp}/pg-bronze-stand-in}
base=localhost/pg-bronze-stand-in-base
image=localhost/pg-bronze-stand-in
mkdir -p "$work"
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/storage"\nrunroot = "%s/run"\n' "$work" "$work" >"$work/storage.conf"
export CONTAINERS_STORAGE_CONF=$work/storage.conf BUILDAH_ISOLATION=chroot

container=""
trap '[ -z "$container" ] || buildah rm "$container" >/dev/null' EXIT

step() { printf '\n== %s\n' "$*"; }

if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  step "base: Debian bookworm, Node.js 24, npm"
  container=$(buildah from scratch)
  root=$(buildah mount "$container")
  debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >"$work/debootstrap.log" ||
    { tail -20 "$work/debootstrap.log" >&2; exit 1; }
  npm install --silent --no-audit --no-fund --prefix "$work/node" --allow-scripts node@24 ||
    npm install --silent --no-audit --no-fund --prefix "$work/node" node@24
  install -m 0755 "$work/node/node_modules/node/bin/node" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules" "$root/etc/ssl/certs"
  npm install --silent --no-audit --no-fund --prefix "$work/npm" npm@11.6
  cp -rL "$work/npm/node_modules/npm" "$root/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  # The certificates that this machine trusts, so that the registry of packages is reached as it is from here.
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  # What node:24-bookworm-slim doesn't have either.
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  buildah commit --quiet --rm "$container" "$base" >/dev/null
  container=""
fi

step "image"
# The one before would stay, without a name.
buildah rmi "$image" >/dev/null 2>&1 || true
buildah bud --network host --build-arg "BASE=$base" --build-arg "WITH_DUCKDB=${WITH_DUCKDB:-0}" -t "$image" -f containers/Dockerfile . >"$work/build.log" 2>&1 ||
  { tail -40 "$work/build.log" >&2; exit 1; }

container=$(buildah from "$image")
run() { buildah run --network host "$@"; }

step "runs as its own user, with its own entry points"
test "$(run "$container" -- id -u)" = 1000
run "$container" -- /app/containers/entrypoint extract --help >"$work/help.txt"
grep -q -- "--object" "$work/help.txt"
run "$container" -- /app/containers/verse-extract/entrypoint --version
if run "$container" -- sh -c 'touch /app/x /x' 2>/dev/null; then
  echo "its user may write outside /tmp" >&2
  exit 1
fi
# Nothing chosen: exit 2 with a hint, not a stack trace.
code=0
run "$container" -- /app/containers/parcel-extract/entrypoint >/dev/null 2>"$work/nothing.txt" || code=$?
test "$code" = 2

if [ -n "${1:-}" ]; then
  step "lands verse from inside"
  run --env "LINODE_DSN=$1" "$container" -- /app/containers/verse-extract/entrypoint --sink file:///tmp/bronze --json >"$work/verse.json"
  node -e 'const { totals } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8")); console.log(`verse: ${totals.rows} rows, ${totals.bytes} bytes`)' "$work/verse.json"
fi

step "figures"
folder=$(buildah mount "$container")
mib() { du -sm --apparent-size "$1" | cut -f1; }
app=$(mib "$folder/app")
node=$(mib "$folder/usr/local/bin/node")
compressed=$(tar -C "$folder" -c app | gzip -6 | wc -c)
echo "app: $app MiB ($((compressed / 1048576)) MiB compressed); node: $node MiB; base and all: $(mib "$folder") MiB"
best=999999
for _ in 1 2 3 4 5; do
  TIMEFORMAT='%U %S'
  cpu=$({ time PATH="$folder/usr/local/bin:$PATH" node "$folder/app/dist/cli/bin/pg-bronze.js" extract --help >/dev/null; } 2>&1)
  ms=$(awk -v t="$cpu" 'BEGIN { split(t, p, " "); printf "%d", (p[1] + p[2]) * 1000 }')
  [ "$ms" -lt "$best" ] && best=$ms
done
buildah umount "$container" >/dev/null
echo "extract --help: $best ms of CPU (best of five, Node.js $(run "$container" -- node --version))"
