#!/usr/bin/env bash
# Installs what the build, the tests and the checks need: Debian packages, and a Python environment in build/venv.
# Does nothing, quickly, when all of it is there.
#
#   tools/setup.sh [LIST...]     with lists of packages (tools/package-packages.txt): only those packages
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly lists=("$@")

# Commands that may come from elsewhere than Debian, and the package that has them.
declare -A command_package=([java]=default-jdk-headless [node]=nodejs [npm]=npm)

missing_packages() {
  local package command native
  native=$(dpkg --print-architecture)
  while read -r package; do
    # A package may be there for another architecture only.
    dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$package" 2>/dev/null |
      grep -qxE "($native|${package#*:}|all) installed" || echo "$package"
  done < <(grep -hv '^#' "${lists[@]:-tools/packages.txt}")
  ((${#lists[@]} == 0)) || return 0
  for command in "${!command_package[@]}"; do
    command -v "$command" >/dev/null || echo "${command_package[$command]}"
  done
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo --preserve-env=DEBIAN_FRONTEND "$@"; fi
}

add_architectures() {
  local package architectures
  architectures=$(dpkg --print-architecture && dpkg --print-foreign-architectures)
  for package in "$@"; do
    [[ $package != *:* ]] || grep -qx "${package#*:}" <<<"$architectures" || as_root dpkg --add-architecture "${package#*:}"
  done
}

install_packages() {
  local packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]})) || return 0
  echo "installing ${packages[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  if ! { add_architectures "${packages[@]}" && as_root apt-get update && as_root apt-get install -y --no-install-recommends "${packages[@]}"; } \
    >build/setup.log 2>&1; then
    tail -n 40 build/setup.log >&2
    return 1
  fi
}

make_venv() {
  local stamp=build/venv/requirements.sha256 wanted
  wanted=$(sha256sum <tests/requirements.txt)
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  echo "filling build/venv" >&2
  [[ -x build/venv/bin/python ]] || /usr/bin/python3 -m venv build/venv
  build/venv/bin/python -m pip install -q --disable-pip-version-check -r tests/requirements.txt >&2
  echo "$wanted" >"$stamp"
}

mkdir -p build
# Two commands at once must not both install.
exec 9>build/.setup.lock
flock 9
install_packages
((${#lists[@]})) || make_venv
