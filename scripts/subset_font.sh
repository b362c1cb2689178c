#!/usr/bin/env bash
# Makes assets/fonts/NotoSerifSC-Subset.ttf: Noto Serif SC with the glyphs of the Chinese stories and of the examples that
# show them, and nothing else. Run it after the text has changed; it stops at a character that the font does not have.
#
# Needs bash, npm (only to unpack a package), python3 with venv. Works in a temporary folder, removed at the end.
# The same text gives the same bytes: versions are pinned and no time stamp is written.
set -euo pipefail
cd "$(dirname "$0")/.."

FONT=@fontsource/noto-serif-sc@5.3.0   # Noto Serif SC 2.003, weight 400, SIL Open Font License 1.1
TOOLS=fonttools==4.68.0
OUT=assets/fonts/NotoSerifSC-Subset.ttf

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$FONT" >/dev/null && tar xzf ./*.tgz)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install "$TOOLS"

shopt -s nullglob
"$work/venv/bin/python" - "$work/package/files" "$OUT" assets/stories/*.zh.l10n.ron examples/reed_seal/*.rs <<'PYTHON'
import sys
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

files, out, *texts = sys.argv[1:]
text = "".join(open(path, encoding="utf-8").read() for path in texts)
# All of ASCII, so that ids and numbers show; of all else what the texts hold.
wanted = {ord(c) for c in text if ord(c) > 32} | set(range(32, 127))

# The package has the font in pieces by script; the piece for Chinese has the Latin letters and the punctuation too.
font = TTFont(f"{files}/noto-serif-sc-chinese-simplified-400-normal.woff", recalcTimestamp=False)
missing = sorted(chr(c) for c in wanted - set(font.getBestCmap()))
if missing:
    sys.exit(f"the font has no glyph for {' '.join(missing)}: use another word, or another font")

options = Options()
options.layout_features = ["kern", "mark", "mkmk", "locl", "ccmp"]
options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
options.hinting = False
subsetter = Subsetter(options)
subsetter.populate(unicodes=wanted)
subsetter.subset(font)

# The pieces carry the name of another weight.
family = "Noto Serif SC Subset"
for record in font["name"].names:
    name = {1: family, 2: "Regular", 3: f"2.003;{family}", 4: family, 6: "NotoSerifSC-Subset"}.get(record.nameID)
    if name:
        record.string = name
font["name"].setName("SIL Open Font License, Version 1.1", 13, 3, 1, 0x409)
font.flavor = None
font.save(out)
print(f"{out}: {len(font.getBestCmap())} characters")
PYTHON
