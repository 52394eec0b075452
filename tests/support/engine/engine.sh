#!/usr/bin/env bash
# A private Docker engine for one test session. Needs root on Debian or a system made from it; installs nothing.
#
#   engine.sh fetch CACHE SUITE         unpack the engine, buildx, Compose and busybox of a Debian suite into CACHE/SUITE
#   engine.sh buildah CACHE             unpack buildah, with its libraries, of this machine's suite into CACHE/buildah
#   engine.sh podman CACHE              the same for podman
#   engine.sh serve CACHE SUITE FOLDER  run dockerd on FOLDER/docker.sock while somebody holds a lock on FOLDER/session
#
# dockerd runs in mount and PID namespaces of its own: its storage is a tmpfs there, and what it writes to /run, /etc
# and /opt ends up in that tmpfs too. When `serve` ends, even by SIGKILL, the kernel ends every process of it and
# removes every mount. All of them share a lock on FOLDER/serving, so whoever gets that lock knows that they are gone.
set -euo pipefail
self=$(readlink -f "$0") action=$1 cache=$2 suite=${3:-$1}

unpack() { # FROM_SUITE PACKAGE...
    local from=$1 apt=$cache/apt-$1 mirror options package
    shift
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | awk '/\/debian\/?$/ && !seen++')
    if [ -z "$mirror" ]; then echo "apt has no mirror of Debian here" >&2; return 1; fi
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/packages"
    echo "deb $mirror $from main" >"$apt/sources.list"
    options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update
    (cd "$apt/packages" && apt-get "${options[@]}" download "$@")
    for package in "$apt"/packages/*.deb; do dpkg-deb --extract "$package" "$cache/$suite.partial"; done
    rm -rf "$apt"
}

fetch() {
    if [ -d "$cache/$suite" ]; then return; fi
    rm -rf "$cache/$suite.partial"
    # The oldest suite has the client in docker.io, no buildx and another Compose.
    local clients=(docker-cli docker-buildx docker-compose)
    if [ "$suite" = bookworm ]; then clients=(); fi
    unpack "$suite" docker.io "${clients[@]}" containerd runc busybox-static
    # A runc of a newer suite may need a newer C library than there is here; then the one of this machine's suite serves.
    "$cache/$suite.partial/usr/sbin/runc" --version >/dev/null 2>&1 ||
        unpack "$(. /etc/os-release && echo "$VERSION_CODENAME")" runc
    mv "$cache/$suite.partial" "$cache/$suite"
}

# With the libraries and settings that a machine without them may lack.
containers() { # PACKAGE...
    if [ -d "$cache/$suite" ]; then return; fi
    rm -rf "$cache/$suite.partial"
    unpack "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$@" libgpgme11 libassuan0 libdevmapper1.02.1 \
        golang-github-containers-common golang-github-containers-image
    mv "$cache/$suite.partial" "$cache/$suite"
}

private() { # DIRECTORY: writes to it stay in this mount namespace
    local layers=$folder/data/private$1
    mkdir -p "$layers/new" "$layers/work"
    mount -t overlay -o "lowerdir=$1,upperdir=$layers/new,workdir=$layers/work" overlay "$1"
}

case $action in
fetch)
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    fetch
    ;;
buildah | podman)
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    case $action in
    buildah) containers buildah ;;
    podman) containers podman conmon netavark libsubid4 ;;
    esac
    ;;
serve)
    folder=$4
    exec 9>"$folder/serving"
    flock 9
    unshare --mount --pid --fork --kill-child --mount-proc "$self" inside "$cache" "$suite" "$folder" || true
    find /sys/fs/cgroup -depth -type d -path "*/${folder##*/}*" -exec rmdir {} + 2>/dev/null || true
    # Where dockerd ended by itself, the session still wants its folder.
    flock --nonblock "$folder/session" rm -rf "$folder" || true
    ;;
inside)
    folder=$4
    mkdir -p "$folder/data"
    mount -t tmpfs -o mode=700 ctxopt-tests "$folder/data"
    private /run
    private /opt
    mkdir -p "$folder/data/docker" "$folder/data/exec"
    echo "{}" >"$folder/data/settings"
    PATH=$cache/$suite/usr/bin:$cache/$suite/usr/sbin:$PATH dockerd \
        --host="unix://$folder/docker.sock" --data-root="$folder/data/docker" --exec-root="$folder/data/exec" \
        --pidfile="$folder/data/dockerd.pid" --config-file="$folder/data/settings" --cgroup-parent="/${folder##*/}" --storage-driver=overlay2 \
        --bridge=none --iptables=false --ip6tables=false &
    daemon=$!
    flock "$folder/session" true &
    wait -n || true
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" || true
    ;;
esac
