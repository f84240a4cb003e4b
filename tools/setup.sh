#!/usr/bin/env bash
# Installs what the build needs beyond Swift, from Debian's packages. Does nothing when all is
# there. Uses sudo only when it is not run by root.
set -euo pipefail

# Headers and libraries that Package.swift names, the interpreter that reads configs, and curl for
# checkpoints and choices that a config names by URL, with the certificates that it and git trust.
# Open MPI for ranks, with the launcher that tests of them call.
packages=(
  ca-certificates
  curl
  g++
  git
  libdnnl-dev
  libjpeg-dev
  libopencv-core-dev
  libopencv-imgproc-dev
  libopenmpi-dev
  libpng-dev
  libtiff-dev
  libwebp-dev
  openmpi-bin
  pkg-config
  python3-dev
  zlib1g-dev
)
minimum_swift=6.2

fail() {
  printf 'setup: error: %s\n' "$*" >&2
  exit 1
}

command -v swift > /dev/null || fail \
  "Swift $minimum_swift or later is needed and 'swift' is not on the PATH;" \
  "see https://www.swift.org/install/linux/"
version=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
[[ -n $version ]] || fail "'swift --version' does not tell its version"
lowest=$(printf '%s\n%s\n' "$minimum_swift" "$version" | sort -V | head -n 1)
[[ $lowest == "$minimum_swift" ]] || fail \
  "Swift $minimum_swift or later is needed, found $version; see https://www.swift.org/install/linux/"

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
  printf 'setup: no Debian packages on this system; install the equivalents of: %s\n' \
    "${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
  [[ $status == installed* ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

printf 'setup: installing %s\n' "${missing[*]}" >&2
as_root=()
if [[ $(id -u) -ne 0 ]]; then
  command -v sudo > /dev/null || fail "run as root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
install=(apt-get install --yes --no-install-recommends "${missing[@]}")
# Package lists may be missing or old.
"${as_root[@]}" apt-get update > /dev/null || printf 'setup: warning: apt-get update failed\n' >&2
"${as_root[@]}" "${install[@]}" > /dev/null || fail "could not install ${missing[*]}"
