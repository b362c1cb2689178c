#!/usr/bin/env bash
# Proves that the project lives without any host: from its committed files, the crates in a folder, a Rust toolchain and
# a C compiler, everything is built, trained, played and tested where there is no network.
#
#   commit -> copy/, crates -> vendor/ (the last step that may use the network)
#     -> independence/audit.sh     what the crates are: licences, build scripts, clients of the network
#     -> independence/offline.sh   in a network namespace without interfaces: build, train, speak, play, test
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/independence.sh [options]

Copies the last commit, puts the sources of all crates beside it (cargo vendor), and then, without a network, builds
everything, trains a tiny model, lets it speak, plays the example by script and runs all tests. The checkout is only read.

  --work DIR       folder to work in: copy, crates and results; kept. Without it a new one, removed at the end.
  --target DIR     where cargo builds; DIR/target of the work folder when left out. Takes some gigabytes.
  --kit DIR        keep what was proven: the repository as a bundle, the crates and the toolchain as archives,
                   checksums, the report.
  --no-bevy        only the crates that know no engine: less to build, but without the plugin and the example.
  --package NAME   test only this crate; may be given several times. All that were built when left out.
  --no-tests       do not run the tests.
  --no-namespace   go on where no network namespace can be made. Then only cargo is told to stay offline.
  --help           this text.

Needs git, cargo with a Rust toolchain, a C compiler, and unshare (util-linux) for the namespace.
END
}

step() { printf '\n== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }
fail() {
    printf 'independence: %s\n' "$*" >&2
    exit 1
}

work="" target="" kit="" bevy=yes tests=yes namespace=yes packages=()
while [ $# -gt 0 ]; do
    case $1 in
    --work | --target | --kit | --package)
        [ $# -ge 2 ] || fail "$1 needs a value; see --help"
        case $1 in
        --work) work=$2 ;;
        --target) target=$2 ;;
        --kit) kit=$2 ;;
        --package) packages+=("$2") ;;
        esac
        shift 2
        ;;
    --no-bevy) bevy=no && shift ;;
    --no-tests) tests=no && shift ;;
    --no-namespace) namespace=no && shift ;;
    --help | -h) usage && exit 0 ;;
    *) fail "unknown option $1; see --help" ;;
    esac
done

here=$(cd "$(dirname "$0")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel) || fail "this is no git checkout; clone the repository or its bundle"
for tool in git cargo tar awk; do
    command -v "$tool" >/dev/null || fail "$tool is missing"
done

# Whether a namespace can be made is asked before the long part.
isolate=()
if [ "$namespace" = yes ]; then
    if unshare -rn true 2>/dev/null; then
        isolate=(unshare -rn)
    elif unshare -n true 2>/dev/null; then
        isolate=(unshare -n)
    else
        fail "no network namespace can be made here (unshare -rn). Run it as root or where users may make namespaces," \
            "or give --no-namespace: then nothing but cargo's word says that the network was not used"
    fi
fi

if [ -z "$work" ]; then
    work=$(mktemp -d "${TMPDIR:-/tmp}/independence.XXXXXX")
    trap 'rm -rf "$work"' EXIT
else
    mkdir -p "$work"
    work=$(cd "$work" && pwd)
fi
target=${target:-$work/target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
report=$work/report.txt
: >"$report"
record() { printf '%-34s %s\n' "$1" "$2" | tee -a "$report"; }

step "copy of the last commit"
changed=$(git -C "$root" status --porcelain | wc -l)
[ "$changed" -eq 0 ] || echo "$changed files of the checkout are not committed; the copy is without those changes"
rm -rf "$work/copy"
mkdir "$work/copy"
commit=$(git -C "$root" rev-parse HEAD)
git -C "$root" archive "$commit" | tar -x -C "$work/copy"
record commit "$commit"
record toolchain "$(rustc --version)"
record "files of the repository" "$(du -sh "$work/copy" | cut -f1)"

step "crates into a folder"
cd "$work"
# Cargo's settings lie beside the copy, not in it: cargo looks in every folder above, and the copy stays the commit.
mkdir -p .cargo
# The fuzzers are a workspace of their own, with a lock file of their own.
cargo vendor --locked --manifest-path copy/Cargo.toml --sync copy/fuzz/Cargo.toml vendor \
    >.cargo/config.toml 2>vendor.log || fail "cargo vendor: $(tail -n 5 vendor.log)"
cat .cargo/config.toml
"$here/independence/audit.sh" "$work/vendor" | tee -a "$report"

step "from here on without a network"
[ "$namespace" = yes ] || record "network" "NOT taken away (--no-namespace); cargo was told to stay offline"
"${isolate[@]}" "$here/independence/offline.sh" "$work" "$target" "$namespace" "$bevy" "$tests" "${packages[@]}"

if [ -n "$kit" ]; then
    step "kit in $kit"
    mkdir -p "$kit"
    kit=$(cd "$kit" && pwd)
    git -C "$root" bundle create --quiet "$kit/raconteur.bundle" HEAD --branches --tags
    rm -rf "$work/clone"
    git clone --quiet "$kit/raconteur.bundle" "$work/clone"
    git -C "$work/clone" cat-file -e "$commit" || fail "a clone of the bundle has not the commit that was proven"
    tar -C "$work" -czf "$kit/vendor.tar.gz" vendor .cargo
    toolchain=$(cd "$work" && rustc --print sysroot)
    case $toolchain in
    */toolchains/*) tar -C "$toolchain" --exclude ./share/doc -czf "$kit/toolchain.tar.gz" . ;;
    *) echo "the toolchain is the system's own ($toolchain) and is not in the kit: keep its packages, or Rust's archive" ;;
    esac
    cp "$report" "$kit/report.txt"
    (cd "$kit" && rm -f SHA256SUMS && sha256sum -- * >"$work/sums" && cp "$work/sums" SHA256SUMS)
    du -h "$kit"/*
fi

step "report"
cat "$report"
