# Shared by the commands in this folder: installs what is missing, builds what is out of date. Sourced by bash.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Debian's Python goes first: another one in PATH may lack the modules of its packages.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

# What the module needs, and what the tests need besides.
build_packages=(cmake ninja-build ccache clang-22 clang-tidy-22 lld-22 libclang-22-dev llvm-22-dev
  python3 python3-yaml python3-markdown-it python3-pygments python3-jinja2 python3-rich)
test_packages=(clangd-22 llvm-22-tools libclang-rt-22-dev clang-tidy-19 libclang-19-dev llvm-19-dev libgtest-dev)
# Libraries that single tests include; such a test is skipped where its library cannot be had.
library_packages=(libboost1.81-dev libboost-fiber1.81-dev libboost-thread1.81-dev libtbb-dev libabsl-dev qt6-base-dev
  libgrpc++-dev libcurl4-openssl-dev libevent-dev libuv1-dev)

# Programs that single tests of the command and of the editor run; such a test is skipped where they cannot be had.
program_packages=(chromium neovim fish zsh)
command -v npm >/dev/null || program_packages+=(npm) # Node's own packages bring it along, and clash with Debian's
program_modules=(@microsoft/sarif-multitool@5)

say() { echo "heddle: $*" >&2; }

die() {
  say "$*"
  exit 2
}

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p')
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install WHAT NAME...: installs the packages that are missing. Returns 1 and says so when it cannot.
install() {
  local what=$1 log missing
  shift
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this is no Debian system; install what corresponds to: $*"
    return 1
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} = 0 ] && return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    say "missing packages; as root, run: apt-get install ${missing[*]}"
    return 1
  fi
  say "installing $what: ${missing[*]}"
  log=$(mktemp)
  # Another apt may hold the lock (a fresh machine updates itself): wait for it rather than fail. The lists may be
  # missing or too old to know the packages, so they are fetched first.
  if as_root apt-get -o DPkg::Lock::Timeout=600 -o APT::Get::Lock::Timeout=600 update -q >"$log" 2>&1 &&
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  say "apt-get could not install them ($(grep -m1 '^E:' "$log" || tail -n1 "$log")); its whole output: $log"
  return 1
}

# install_modules NAME...: puts npm's modules into build/npm, once.
install_modules() {
  local folder=$repository/build/npm
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$*" ] && return 0
  command -v npm >/dev/null || return 1
  say "installing npm's $*"
  mkdir -p "$folder"
  timeout 300 npm install --prefix "$folder" --no-audit --no-fund "$@" >"$folder/log" 2>&1 && echo "$*" >"$folder/installed"
}

# configured FOLDER [-DNAME=VALUE...]: is the folder configured, and with these options?
configured() {
  local folder=$1 option
  shift
  [ -e "$folder/build.ninja" ] || return 1
  for option; do
    option=${option#-D}
    grep -q "^${option%%=*}:[A-Z]*=${option#*=}\$" "$folder/CMakeCache.txt" || return 1
  done
}

# up_to_date LLVM TARGET [-DNAME=VALUE...]: is the target there, configured so, and built after all that it is made of has
# changed? Asks no build system, so that it needs no lock.
up_to_date() {
  local llvm=$1 target=$2 folder=$repository/build/$1 product
  shift 2
  case $target in
    heddle) product=$folder/heddle.so ;;
    heddle-clangd) product=$folder/heddle-clangd ;;
    *) return 1 ;;
  esac
  [ -e "$product" ] && [ -e "$folder/.built-$target" ] && configured "$folder" "$@" &&
    [ -z "$(find "$repository"/{CMakeLists.txt,lib,checks} "/usr/lib/llvm-$llvm"/lib/libclang-cpp.so* \
      -cnewer "$folder/.built-$target" -print -quit 2>/dev/null)" ]
}

# show_build HEAD: what Ninja prints, without a line for each step: how far it is in one line of a terminal, and ten times
# in a log. What compilers say is shown as it is, and their warnings are counted.
show_build() {
  local head=$1 line tenth=0 warnings=0 clear=
  [ -t 2 ] && clear=$'\r\e[K'
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      if [ -n "$clear" ]; then
        printf '%s' "$clear$head ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
      elif ((BASH_REMATCH[1] * 10 / BASH_REMATCH[2] > tenth)); then
        ((tenth = BASH_REMATCH[1] * 10 / BASH_REMATCH[2]))
        echo "$head ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
      fi
    elif [[ ! $line =~ ^ninja:\ (Entering\ directory|no\ work\ to\ do) ]]; then
      [[ $line == *": warning: "* ]] && ((++warnings))
      echo "$clear$head $line"
    fi
  done >&2
  printf '%s' "$clear" >&2
  [ "$warnings" = 0 ] || echo "$head $warnings warning$([ "$warnings" = 1 ] || echo s)" >&2
}

# build LLVM TARGET [-DNAME=VALUE...]: configures build/LLVM unless it is configured so, and builds TARGET when something
# has changed.
build() {
  local llvm=$1 target=$2 folder=$repository/build/$1
  up_to_date "$@" && return
  shift 2
  mkdir -p "$folder"
  (
    # Two commands at a time must not build in one folder.
    if ! flock -n 9; then
      say "waiting for another build in build/$llvm"
      flock 9
    fi
    if ! configured "$folder" "$@"; then
      say "configuring the build for LLVM $llvm"
      cmake -S "$repository" -B "$folder" -G Ninja -DHEDDLE_LLVM="$llvm" -DCMAKE_CXX_COMPILER=clang++-22 "$@" \
        >"$folder/configure.log" 2>&1 || {
        cat "$folder/configure.log" >&2
        die "cmake failed"
      }
    fi
    : >"$folder/.begun-$target" # what changes from now on is newer than the build
    ninja -C "$folder" "$target" 2>&1 | show_build "heddle (LLVM $llvm):"
    [ "${PIPESTATUS[0]}" = 0 ] || die "the build for LLVM $llvm failed"
    mv "$folder/.begun-$target" "$folder/.built-$target"
  ) 9>"$folder/.lock"
}

module() { echo "$repository/build/$1/heddle.so"; }
