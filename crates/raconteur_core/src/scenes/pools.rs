//! Names that take the places of others.

use super::NameKind;

/// The names that may stand for one of this kind; none for things and groups, which keep theirs.
pub(super) fn pool(kind: NameKind) -> &'static [&'static str] {
    match kind {
        NameKind::Man => MEN,
        NameKind::Woman => WOMEN,
        NameKind::Person => PEOPLE,
        NameKind::Place => PLACES,
        NameKind::Thing | NameKind::Group => &[],
    }
}

/// Names of men.
#[rustfmt::skip]
const MEN: &[&str] = &[
    "Aldo", "Bram", "Cass", "Dorn", "Edrik", "Fenn", "Garrick", "Hale", "Ivo", "Jorm", "Kell", "Lorn", "Marek",
    "Nils", "Orin", "Pell", "Rolf", "Stig", "Tam", "Ulric", "Wat", "Yorick", "Zed", "Bertil", "Colm", "Desmond",
    "Emil", "Florian", "Gus", "Henrik", "Ansel", "Basil", "Conrad", "Dario", "Elias", "Felix", "Gideon", "Hugo",
    "Ignace", "Jasper", "Kaspar", "Leopold", "Matthias", "Noah", "Oskar", "Piet", "Quill", "Rainer", "Silas",
    "Theo", "Viktor", "Walter", "Tomas", "Pavel", "Anton", "Boris", "Denis", "Luka", "Milo", "Nikola", "Otto",
    "Radek", "Stefan", "Liang", "Wei", "Jun", "Bo", "Hao", "Jian", "Feng", "Rong", "Shan", "Tao", "Yun", "Zhong",
];

/// Names of women.
#[rustfmt::skip]
const WOMEN: &[&str] = &[
    "Ada", "Brin", "Cora", "Dessa", "Elsbet", "Freya", "Greta", "Hedda", "Ilsa", "Jonna", "Kaya", "Lisbet", "Mirel",
    "Nessa", "Oda", "Petra", "Runa", "Signe", "Tilda", "Una", "Vesna", "Wilma", "Ylva", "Zora", "Agnes", "Berit",
    "Clara", "Doris", "Edith", "Frida", "Gerda", "Hanna", "Irena", "Judit", "Katla", "Lotte", "Marta", "Nora",
    "Olga", "Paula", "Rosa", "Selma", "Thea", "Ursula", "Vera", "Wanda", "Anika", "Bianca", "Carmen", "Delia",
    "Elena", "Fiona", "Gwen", "Helena", "Inez", "Julia", "Kira", "Lena", "Mona", "Nadia", "Ottilie", "Renata",
    "Sofia", "Tamar", "Xenia", "Lan", "Mei", "Qing", "Hua", "Lian", "Ning", "Yue", "Xiu", "Ping", "Ling",
];

/// Names of anybody.
#[rustfmt::skip]
const PEOPLE: &[&str] = &[
    "Ash", "Birch", "Robin", "Sparrow", "Quince", "Tansy", "Rook", "Linden", "Wren", "Moss", "Ember", "Slate",
    "Pip", "Reed", "Sorrel", "Flint", "Hazel", "Juniper", "Marlow", "Perrin",
];

/// Names of places.
#[rustfmt::skip]
const PLACES: &[&str] = &[
    "Ashford", "Birchwater", "Coldharbour", "Dunmere", "Elder Gate", "Fallow Hill", "Greywick", "Hollin Cross",
    "Ivy Bridge", "Kestrel Point", "Larkmoor", "Millrace", "Northlock", "Oakhollow", "Pike Lane", "Quarry End",
    "Redmarsh", "Stonewell", "Thornby", "Upper Fell", "Valebrook", "Westmere", "Yarrow Ford", "Amber Quay",
    "Black Tarn", "Copper Stairs", "Drover's Rest", "Eastgate", "Foxglove Row", "Gallow Green", "High Pass",
    "Iron Ferry", "Juniper Court", "Long Reach", "Marrow Street", "Nettle Yard", "Old Mint", "Pilgrim Gate",
    "Raven Ledge", "Salt Steps", "Tallow Lane", "White Ferry", "Candle Court", "Reed Hollow", "Silver Dock",
    "Three Wells",
];
