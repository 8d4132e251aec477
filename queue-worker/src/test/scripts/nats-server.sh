#!/usr/bin/env bash
# Builds the NATS server that the tests of the JetStream queue use; silent when it is there.
set -euo pipefail
version=v2.15.2
folder=/var/lib/directfaas/tools/nats-server-${version#v}
[[ -x $folder/nats-server ]] && exit
if ! command -v go >/dev/null; then
  echo "directfaas: no Go here, so the tests against a NATS server cannot run." >&2
  exit
fi
echo "Building: NATS server $version into $folder ..." >&2
mkdir -p "$folder.new"
GOBIN=$folder.new go install "github.com/nats-io/nats-server/v2@$version"
mkdir -p "$folder"
mv "$folder.new/nats-server" "$folder/"
rmdir "$folder.new"
