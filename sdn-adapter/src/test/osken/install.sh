#!/usr/bin/env bash
# Installs os-ken, the OpenFlow codec that tests compare ours with, and prints the Python that has
# it. Silent and fast when it is there; a folder per content, so that several checkouts may share
# the machine.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cache=${DIRECTFAAS_TEST_CLIENTS:-/var/lib/directfaas/tools/test-clients}
sum=$(sha256sum <"$here/requirements.txt")
folder=$cache/osken-${sum:0:16}
log=$cache/osken-log.txt

fail() {
  echo "directfaas: $*" >&2
  exit 1
}

# A Python that can make environments with pip in them.
find_python() {
  python=python3
  "$python" -c 'import ensurepip' >/dev/null 2>&1 && return
  python=/usr/bin/python3
  "$python" -c 'import ensurepip' >/dev/null 2>&1 && return
  ((EUID == 0)) && [[ -r /etc/debian_version ]] || fail "python3-venv is missing; install it and try again."
  export DEBIAN_FRONTEND=noninteractive
  local install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 python3-venv)
  "${install[@]}" </dev/null >"$log" 2>&1 || { apt-get update -q && "${install[@]}"; } </dev/null >>"$log" 2>&1 \
    || fail "python3-venv could not be installed; the log is in $log."
}

if [[ ! -e $folder/done ]]; then
  mkdir -p "$cache"
  exec 9>"$cache/osken-lock"
  flock 9
  if [[ ! -e $folder/done ]]; then
    find_python
    echo "Installing: os-ken, for tests ..." >&2
    rm -rf "$folder"
    { "$python" -m venv "$folder" \
      && "$folder/bin/pip" install -q --disable-pip-version-check --no-deps -r "$here/requirements.txt"; } \
      </dev/null >"$log" 2>&1 || fail "os-ken could not be installed; the log is in $log."
    touch "$folder/done"
  fi
  exec 9>&-
fi
echo "$folder/bin/python"
