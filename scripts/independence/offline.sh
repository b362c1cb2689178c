#!/usr/bin/env bash
# The part of independence.sh that runs where there is no network. Called by it; see there.
#
# usage: offline.sh WORK TARGET NAMESPACE BEVY TESTS [PACKAGE ..]      the middle three are yes or no
set -euo pipefail
work=$1 target=$2 namespace=$3 bevy=$4 tests=$5
shift 5
report=$work/report.txt

step() { printf '\n== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }
fail() {
    printf 'independence: %s\n' "$*" >&2
    exit 1
}
record() { printf '%-34s %s\n' "$1" "$2" | tee -a "$report"; }
# timed NAME COMMAND ..: runs it and records how long it took.
timed() {
    local name=$1 start=$SECONDS
    shift
    "$@" || fail "$name failed"
    record "$name" "$((SECONDS - start)) s"
}

# Nothing that users have at home may help or hinder: no cache of crates, no settings, no proxy, no compiler cache.
# The toolchain is taken by its folder: rustup, which could load another, has no part in it.
PATH=$(cd "$work" && rustc --print sysroot)/bin:$PATH
export PATH CARGO_HOME="$work/cargo-home" CARGO_TARGET_DIR="$target" CARGO_NET_OFFLINE=true CARGO_INCREMENTAL=0
unset RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CI
for proxy in http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY; do unset "$proxy"; done
rm -rf "$CARGO_HOME"
mkdir "$CARGO_HOME"
offline=(--offline --locked --frozen)

no_network() {
    local others address said
    others=$(awk -F: 'NR > 2 { gsub(/ /, "", $1); if ($1 != "lo") print $1 }' /proc/net/dev)
    [ -z "$others" ] || fail "there are interfaces: $others"
    [ "$(wc -l </proc/net/route)" -le 1 ] || fail "there is a route: $(cat /proc/net/route)"
    # An address that no host has (RFC 5737): with a network the try would time out. And this host: not even lo is up.
    for address in 192.0.2.1 127.0.0.1; do
        said=$(LC_ALL=C timeout 10 bash -c "exec 3<>/dev/tcp/$address/443" 2>&1) && fail "$address answers"
        [[ $said == *"Network is unreachable"* ]] || fail "$address: not unreachable, but: $said"
    done
    record "network" "none: no interface but a dead lo, no route, 'Network is unreachable'"
}

step "is there really no network?"
if [ "$namespace" = yes ]; then no_network; else echo "not asked: --no-namespace"; fi

cd "$work/copy"
step "build"
[ -z "$(ls -A "$target")" ] || record "target folder" "was not empty: the build is not a clean one"
if [ "$bevy" = yes ]; then
    # With the examples, so that features are those of the tests and bevy is built once.
    packages=(--workspace)
    timed "build of all crates and examples" cargo build --workspace --bins --examples "${offline[@]}"
else
    packages=(--package raconteur_core --package raconteur_gpt2 --package raconteur_cli)
    timed "build without bevy" cargo build "${packages[@]}" "${offline[@]}"
    record "plugin and example" "not built (--no-bevy)"
fi
cargo metadata --format-version 1 --manifest-path fuzz/Cargo.toml "${offline[@]}" >"$work/fuzz.json" ||
    fail "the crates of the fuzzers are not complete"
record "target folder after the build" "$(du -sh "$target" | cut -f1)"
raconteur=$target/debug/raconteur example=$target/debug/examples/drowned_bell

step "train a tokenizer, and a tiny model from random weights"
scenes=crates/raconteur_cli/tests/scenes/quay.jsonl
rm -rf "$work/tiny" "$work/tokenizer"
timed "training of a tokenizer" "$raconteur" tokenizer train "$scenes" --vocab 400 --out "$work/tokenizer"
timed "training of a tiny model" "$raconteur" train --out "$work/tiny" --scenes "$scenes" --valid "$scenes" \
    --tokenizer "$work/tokenizer" --width 64 --layers 2 --heads 4 --positions 512 --row 256 --batch 8 \
    --steps 120 --warmup 10 --lr 4e-3 --look 30 | tee "$work/training.txt"
bits=$(awk '/bits\/byte/ { for (i = 2; i <= NF; i++) if ($i == "bits/byte") print $(i - 1) }' "$work/training.txt")
first=$(head -n 1 <<<"$bits") last=$(tail -n 1 <<<"$bits")
awk -v first="$first" -v last="$last" 'BEGIN { exit !(last > 0 && last < 0.8 * first) }' ||
    fail "it learned nothing: from $first to $last bits per byte"
record "bits per byte, first and last look" "$first $last"

step "it speaks"
said=$("$raconteur" generate --model "$work/tiny/best" --bos --seed 1 --max-new-tokens 30 --stop $'\n' \
    --prompt $'The fish market, ice melting.\nThe market closes at noon.\nGerda: fishwife; loud, generous.\n\nYou: When does the market close?\nGerda:')
[ -n "${said// /}" ] || fail "the new model says nothing"
record "a line of the new model" "$said"
came_to_its_end() { [ "$(tail -n 1 "$work/transcript.txt")" = "The end: end_truth" ] || fail "the story did not come to its end"; }
"$raconteur" play assets/stories/drowned_bell.story.ron --model "$work/tiny/best" --plain --seed 7 \
    --choices ford_a,ford_c,confess --transcript "$work/transcript.txt" </dev/null
came_to_its_end
record "a story with the new model" "played to its end, in the terminal"

models=("$work/tiny/best" assets/models/ember)
[ "$bevy" = yes ] || models=()
export CARGO_MANIFEST_DIR=$work/copy # where bevy looks for assets when cargo is not there to say it
for model in "${models[@]}"; do
    step "the newcomer's example, by script, with ${model##*/}"
    "$example" --model "$model" --seed 7 --script ford_a,ford_c,confess --transcript "$work/transcript.txt"
    came_to_its_end
    cat "$work/transcript.txt"
    written=$(grep -cE '^[^[>]+ \((generated|ranked)' "$work/transcript.txt" || true)
    record "example with ${model##*/}" "played to its end; $written lines are the model's"
done
unset CARGO_MANIFEST_DIR

if [ "$tests" = yes ]; then
    step "tests"
    if [ $# -gt 0 ]; then
        packages=()
        for package in "$@"; do packages+=(--package "$package"); done
    fi
    failed=""
    timed "tests (${packages[*]})" cargo test --no-fail-fast "${packages[@]}" "${offline[@]}" 2>&1 |
        tee "$work/tests.txt" || failed=yes
    record "tests that passed, failed" "$(awk '/^test result:/ { ok += $4; bad += $6 } END { print ok + 0 ", " bad + 0 }' "$work/tests.txt")"
    [ -z "$failed" ] || fail "tests failed: $(grep -E '^test .* FAILED$' "$work/tests.txt" || echo "see above")"
else
    record tests "not run (--no-tests)"
fi
