# SPDX-License-Identifier: Apache-2.0
# Sourced by tools that install Debian packages of the machine's own release, or fetch and unpack those of another. What the caller has to set: `program`, its name; `root`, the project;
# `cache`, a directory that outlives build trees.

say() { echo "$program: $*" >&2; }
die() { echo "$program: error: $*" >&2; exit 2; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
can_install() { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# install_release_packages PACKAGE...: those that are missing, of the release that this machine runs.
install_release_packages() {
  local missing=() package
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The Debian mirror that this machine uses.
debian_mirror() {
  local mirror
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
  # Before the first apt-get update, what a list is of is not known.
  [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep -E '/debian/?$' | head -n 1)
  [ -n "$mirror" ] || die "no Debian mirror is configured here; run apt-get update, or see README, Set-up"
  echo "$mirror"
}

# apart NAME SOURCE_OPTIONS... -- apt-get|apt-cache ARGUMENTS...: with lists of its own below the cache, so that the
# system's lists, sources and packages stay as they are.
apart() {
  local lists=$cache/$1 own=() command
  shift
  mkdir -p "$lists/lists/partial" "$lists/archives/partial"
  while [ "$1" != -- ]; do own+=("$1"); shift; done
  command=$2
  shift 2
  own+=(-o Dir::State::lists="$lists/lists" -o Dir::Cache="$lists" -o APT::Sandbox::User="$(id -un)")
  if [ ! -e "$lists/updated" ]; then
    say "reading Debian's lists (${lists##*/}), from this machine's own mirror"
    apt-get "${own[@]}" update -qq >&2 || die "Debian's lists cannot be read"
    touch "$lists/updated"
  fi
  "$command" "${own[@]}" "$@"
}

# newer apt-get|apt-cache ARGUMENTS...: on Debian testing alone.
newer() {
  local sources=$cache/testing.list
  mkdir -p "$cache"
  [ -e "$sources" ] ||
    printf 'deb %s testing main\ndeb-src %s testing main\n' "$(debian_mirror)" "$(debian_mirror)" >"$sources"
  apart testing -o Dir::Etc::SourceList="$sources" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -- "$@"
}

# release apt-get|apt-cache ARGUMENTS...: on what the machine is configured for.
release() { apart release -- "$@"; }

# unpack SUITE DIRECTORY PACKAGE...: unpacks packages of `newer` or `release` there, unless they lie there already.
unpack() {
  local suite=$1 directory=$2 package scratch
  shift 2
  for package in "$@"; do
    [ ! -e "$directory/$package.unpacked" ] || continue
    mkdir -p "$directory"
    say "fetching $package, to be unpacked in $directory"
    scratch=$(mktemp -d)
    (cd "$scratch" && "$suite" apt-get download -qq "$package" >/dev/null) || die "cannot fetch $package"
    dpkg-deb -x "$scratch"/*.deb "$directory"
    rm -rf "$scratch"
    touch "$directory/$package.unpacked"
  done
}
unpack_newer() { unpack newer "$@"; }
unpack_release() { unpack release "$@"; }

# install_from_testing PACKAGE...: adds Debian testing, pinned so low that nothing is ever upgraded from it unasked.
install_from_testing() {
  local list=/etc/apt/sources.list.d/planish.sources keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  install_release_packages debian-archive-keyring
  if [ ! -e $list ]; then
    say "adding Debian testing from this machine's own mirror, pinned at 100 ($list)"
    printf 'Types: deb\nURIs: %s\nSuites: testing\nComponents: main\nSigned-By: %s\n' "$(debian_mirror)" $keyring |
      as_root tee $list >/dev/null
    printf 'Package: *\nPin: release a=testing\nPin-Priority: 100\n' | as_root tee /etc/apt/preferences.d/planish >/dev/null
  fi
  as_root apt-get update -qq
  say "installing $* from Debian testing: this may upgrade libc6 and libstdc++6"
  as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes \
    apt-get install -y -qq --no-install-recommends -t testing "$@" >/dev/null
}

# A private environment with what wheels are made with, from PyPI, pinned. Prints its path.
wheel_tools() {
  local tools=$root/build/wheel-tools
  if ! cmp -s "$root/tools/requirements/wheel.txt" "$tools/made-of"; then
    say "getting nanobind, scikit-build-core and auditwheel from PyPI"
    rm -rf "$tools"
    python3 -m venv "$tools" >&2
    "$tools/bin/pip" install --quiet --no-deps -r "$root/tools/requirements/wheel.txt" >&2
    cp "$root/tools/requirements/wheel.txt" "$tools/made-of"
  fi
  echo "$tools"
}
