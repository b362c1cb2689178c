#!/usr/bin/env bash
# Fills the corpora with what the repository has: shipped stories, the examples of the lint pages, samples of imports.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/{story,expression,save,import,text}
for root in ../assets/stories/*.story.ron; do
    stem="$(basename "$root" .story.ron)"
    cp "$root" "corpus/story/$stem"
done
number=0
for page in ../docs/lint/*.md; do
    awk -v out="corpus/story/$(basename "$page" .md)" '/^```ron/{n++; on=1; next} /^```/{on=0} on{print > (out "_" n)}' "$page"
done
grep -ohE '(when|then): *\[?"[^"]+"' ../assets/stories/*.ron | sed -E 's/^[^"]*"//; s/"$//' | sort -u | while read -r line; do
    number=$((number + 1))
    printf '%s' "$line" > "corpus/expression/$number"
done
find ../crates/raconteur_core/tests -name '*.twee' -o -name '*.yarn' | while read -r sample; do
    cp "$sample" "corpus/import/$(basename "$sample")"
done
printf 'Who has the key? Mara: me.\n<|endoftext|>' > corpus/text/question
printf '{setting}\n{lore:2}\n{speaker}:' > corpus/text/template
printf '(format:1,stories:[(format:2,story:"drowned_bell",vars:{"clues":Int(2)},visits:{"ford":1},seen:["ford_1"],taken:[],beat:"ford",position:Line(id:"ford_2",index:1,spoken:true),checkpoint:None,history:[],told:{},tellings:0,shown:[],detours:[],variants:{},retellings:{},seed:1)])' > corpus/save/bell
