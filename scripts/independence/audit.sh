#!/usr/bin/env bash
# What the vendored crates are: number, size, licences, build scripts. Fails where somebody has to look. (That none of
# them is a client of the network is a test of the workspace, tests/independence.rs.)
#
# usage: scripts/independence/audit.sh VENDOR_DIR
#
# It reads the crates' own Cargo.toml, as cargo has normalised them, and it greps. So it finds what is said openly, not
# what is hidden: that nothing is loaded while building is proven by building without a network.
set -euo pipefail
cd "${1:?usage: audit.sh VENDOR_DIR}"

fail() {
    printf 'independence: %s\n' "$*" >&2
    exit 1
}
record() { printf '%-34s %s\n' "$1" "$2"; }

# Licences that ask for no more than that their text is kept. One of those that a crate offers must be here.
allowed=" MIT MIT-0 Apache-2.0 BSD-2-Clause BSD-3-Clause ISC Zlib 0BSD BSL-1.0 CC0-1.0 Unlicense Unicode-3.0 NCSA "

# Crates whose build code shows one of the words of `loading`, and why that is no loading.
loading='TcpStream|reqwest|ureq|curl|wget|"git"|git clone|https?://'
reviewed="
rustversion          a link in an error message
wasm-bindgen-shared  asks git for the revision of the checkout around it, and does without
cudaforge            can clone CUTLASS for whoever asks it to; candle-kernels does not, and only the feature cuda builds it
"

# VALUE of KEY in the section [package] of a manifest.
package_value() {
    awk -v key="$2" '/^\[/ { inside = $0 == "[package]" }
        inside && $1 == key && $2 == "=" { sub(/^[^=]*= */, ""); gsub(/"/, ""); print; exit }' "$1"
}

# Whether an SPDX expression (or the older `A/B`) can be met with allowed licences.
is_allowed() {
    local words=${1//\// OR } sum="" skip=""
    words=${words//(/ ( }
    for word in ${words//)/ ) }; do
        [ -z "$skip" ] || { skip="" && continue; }
        case $word in
        OR) sum+="||" ;;
        AND) sum+="&&" ;;
        WITH) skip=exception ;; # an exception only gives more
        "(" | ")") sum+=$word ;;
        *) [[ $allowed == *" $word "* ]] && sum+="(1)" || sum+="(0)" ;;
        esac
    done
    ((sum))
}

# Whether PATTERN stands in the FILES, outside comments. (No `grep -q`: what stops reading early fails the pipe.)
shows() {
    local pattern=$1
    shift
    [ "$(cat "$@" | sed -E 's,^\s*//.*,,; s, //.*,,' | grep -cE "$pattern")" -gt 0 ]
}

crates=(*/)
[ -f "${crates[0]}Cargo.toml" ] || fail "there are no crates in $PWD"
licences="" refused="" built=0 suspects=""
for crate in "${crates[@]%/}"; do
    manifest=$crate/Cargo.toml
    licence=$(package_value "$manifest" license)
    licences+="${licence:-none given}"$'\n'
    is_allowed "${licence:-none}" || refused+=" $crate (${licence:-none given})"

    build=$(package_value "$manifest" build)
    if [ -n "$build" ] && [ "$build" != false ]; then
        built=$((built + 1))
        sources=("$crate/$build")
        [ ! -d "$crate/build" ] || mapfile -t -O 1 sources < <(find "$crate/build" -name '*.rs')
        ! shows "$loading" "${sources[@]}" || suspects+="$crate"$'\n'
    fi
done

# What build scripts call. The names of the tables are [build-dependencies.NAME], with or without a target before it.
helpers=$(awk '/^\[.*build-dependencies\./ { gsub(/.*build-dependencies\.|[]"]/, ""); print }' ./*/Cargo.toml | sort -u)
for helper in $helpers; do
    for crate in "$helper" "$helper"-[0-9]*; do
        [ -d "$crate/src" ] || continue
        mapfile -t sources < <(find "$crate/src" -name '*.rs')
        ! shows "${loading%|https*}" "${sources[@]}" || suspects+="$crate"$'\n' # their links are not followed
    done
done

record crates "${#crates[@]}"
record "size of their sources" "$(du -sh . | cut -f1)"
record "crates with a build script" "$built"
echo "licences:"
sort <<<"${licences%$'\n'}" | uniq -c | sort -rn
echo "words of loading in build code:"
unknown=""
while read -r crate; do
    [ -n "$crate" ] || continue
    why=$(awk -v crate="$crate" '$1 == crate { $1 = ""; print }' <<<"$reviewed")
    printf '    %-22s%s\n' "$crate" "${why:- NOT LOOKED AT YET}"
    [ -n "$why" ] || unknown+=" $crate"
done < <(sort -u <<<"$suspects")

[ -z "$refused" ] || fail "licences that nobody has allowed:$refused. Read them; then add to 'allowed', or do without"
[ -z "$unknown" ] || fail "build code that may load something:$unknown. Read it; then add to 'reviewed', or do without"
