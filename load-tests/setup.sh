#!/usr/bin/env bash
# Builds what the load tests need: the functions and the driver (Go), and installs nginx, which is
# what direct calls are compared with. Silent and fast when all is there.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
bin=$here/target/bin
# What go.mod asks for.
oldest_go=24

fail() {
  echo "directfaas: $*" >&2
  exit 1
}

go_minor() {
  go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p'
}

if ! [[ -x $bin/hop && -x $bin/driver ]] \
  || [[ -n $(find "$here/functions" -type f -newer "$bin/driver" -print -quit) ]]; then
  minor=$(go_minor)
  [[ -n $minor ]] && ((minor >= oldest_go)) \
    || fail "the load tests need Go 1.$oldest_go or newer on the PATH, to build their functions."
  echo "Building the load functions ..." >&2
  mkdir -p "$bin"
  (cd "$here/functions" && CGO_ENABLED=0 go build -trimpath -ldflags=-s -o "$bin/" ./hop ./driver)
  touch "$bin/hop" "$bin/driver"
fi

cmp -s "$here/../samples/image/astronaut.jpg" "$bin/picture.jpg" \
  || cp "$here/../samples/image/astronaut.jpg" "$bin/picture.jpg"

[[ -x /usr/sbin/nginx ]] || "$here/../standalone/src/main/scripts/setup.sh" nginx
