//! Who lives in Harrow Ford.

/// One of the village.
pub struct Folk {
    /// Key and, with a capital letter, name.
    pub key: &'static str,
    /// How they talk.
    pub voice: &'static str,
    /// Where they are by day.
    pub work: &'static str,
    /// Number of their household: people of one trust each other.
    pub house: u8,
    /// Talkative, credulous, careful.
    pub manners: (f32, f32, f32),
}

/// Keys of the places, in the order in which they are drawn.
pub static PLACES: [(&str, &str); 5] = [
    ("market", "The market of Harrow Ford, among wet baskets."),
    ("inn", "The common room of the inn, in the evening."),
    ("mill", "The mill yard, with the wheel standing still."),
    ("chapel", "The steps of the chapel of Saint Wenna, without its bell."),
    ("ferry", "The ferry stage at Harrow Ford, after the flood."),
];

const fn folk(key: &'static str, voice: &'static str, work: &'static str, house: u8, manners: (f32, f32, f32)) -> Folk {
    Folk { key, voice, work, house, manners }
}

/// Everybody, by key.
pub static FOLK: [Folk; 18] = [
    folk("agnes", "baker; warm, quick, never finishes a sentence", "market", 0, (0.9, 0.7, 0.1)),
    folk("brom", "miller; slow, weighs every word", "mill", 1, (0.4, 0.3, 0.7)),
    folk("corin", "miller's son; eager, loud", "mill", 1, (0.8, 0.8, 0.0)),
    folk("dela", "washerwoman; sharp, laughs at everything", "ferry", 2, (0.9, 0.5, 0.1)),
    folk("ede", "sexton; quiet, exact", "chapel", 3, (0.3, 0.2, 0.9)),
    folk("fenn", "boy of the inn; breathless", "inn", 4, (1.0, 0.9, 0.0)),
    folk("gisla", "innkeeper; hearty, counts coins while she talks", "inn", 4, (0.8, 0.5, 0.2)),
    folk("hale", "carter; gruff, complains of roads", "market", 5, (0.6, 0.5, 0.2)),
    folk("isolt", "weaver; soft, sees omens", "market", 5, (0.7, 0.9, 0.1)),
    folk("jory", "fisherman; boasts", "ferry", 2, (0.8, 0.6, 0.0)),
    folk("kerra", "herb woman; blunt, tired", "chapel", 6, (0.5, 0.3, 0.4)),
    folk("loman", "priest; formal, sad", "chapel", 3, (0.5, 0.4, 0.6)),
    folk("mara", "ferrywoman; dry, tired, counts everything twice", "ferry", 7, (0.4, 0.2, 0.8)),
    folk("nessa", "dairymaid; chatters", "market", 0, (0.9, 0.8, 0.1)),
    folk("odo", "smith; drinks, talks too much", "inn", 8, (0.9, 0.6, 0.1)),
    folk("piran", "shepherd; few words", "mill", 6, (0.3, 0.5, 0.5)),
    folk("tibb", "carpenter; cheerful, precise", "mill", 8, (0.6, 0.4, 0.5)),
    folk("wat", "town crier; rolls his words, loves an audience", "market", 9, (0.8, 0.5, 0.3)),
];

/// How somebody stands to somebody else: trust and closeness, each 0 to 1. `None` for strangers.
pub fn stands(a: &Folk, b: &Folk) -> Option<(f32, f32)> {
    if a.house == b.house {
        Some((0.85, 1.0))
    } else if a.work == b.work {
        Some((0.5, 0.7))
    } else if (a.house + b.house).is_multiple_of(3) {
        Some((0.4, 0.4))
    } else {
        None
    }
}

/// A key with a capital letter.
pub fn name(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
