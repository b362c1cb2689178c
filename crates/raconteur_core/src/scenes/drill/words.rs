//! Words that drills are made of.

/// Numbers as they are said.
#[rustfmt::skip]
pub(in crate::scenes) const NUMBERS: [&str; 23] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty",
    "sixty",
];

/// Things that people have and lose.
#[rustfmt::skip]
pub(super) const THINGS: [&str; 134] = [
    "lamp", "key", "map", "ring", "bell", "crown", "coat", "letter", "boat", "ladder", "knife", "drum", "mirror",
    "rope", "candle", "basket", "cup", "spoon", "chest", "book", "ledger", "seal", "kettle", "saddle", "bridle",
    "anchor", "net", "oar", "hammer", "anvil", "plough", "wheel", "cart", "barrel", "jug", "plate", "scarf", "glove",
    "boot", "hat", "mask", "fiddle", "flute", "harp", "clock", "compass", "lens", "lantern", "torch", "broom",
    "bucket", "pot", "pan", "sack", "purse", "coin", "medal", "sword", "shield", "bow", "quiver", "arrow", "helmet",
    "banner", "flag", "scroll", "pen", "inkwell", "brush", "needle", "thimble", "loom", "blanket", "pillow", "chair",
    "table", "stool", "bench", "bed", "cradle", "gate", "door", "window", "shutter", "bolt", "chain", "lock", "pump",
    "pipe", "valve", "gauge", "wrench", "drill", "crate", "tin", "jar", "flask", "vial", "bottle", "cork", "tray",
    "bowl", "statue", "painting", "tapestry", "carpet", "tile", "brick", "beam", "plank", "nail", "saw", "axe",
    "spade", "rake", "fork", "sickle", "scythe", "whip", "spur", "stirrup", "collar", "leash", "cage", "trap", "hook",
    "line", "reel", "float", "paddle", "sail", "mast", "rudder", "tiller",
];

/// What things look like.
#[rustfmt::skip]
pub(super) const LOOKS: [&str; 32] = [
    "old", "new", "red", "blue", "green", "black", "white", "grey", "brass", "silver", "iron", "copper", "golden",
    "wooden", "broken", "cracked", "stolen", "borrowed", "hidden", "little", "long", "short", "heavy", "light",
    "rusty", "painted", "carved", "royal", "second", "third", "last", "lost",
];

/// What is sold by weight or measure.
#[rustfmt::skip]
pub(super) const GOODS: [&str; 34] = [
    "bread", "salt", "rope", "lamp", "oil", "flour", "cloth", "wool", "tea", "rice", "coal", "timber", "nails",
    "candles", "honey", "cheese", "fish", "apples", "onions", "soap", "paper", "ink", "leather", "boots", "beans",
    "barley", "wine", "ale", "pepper", "ginger", "silk", "tin", "glass", "chalk",
];

/// What people are.
#[rustfmt::skip]
pub(super) const TRADES: [&str; 42] = [
    "baker", "miller", "smith", "carter", "guard", "clerk", "cook", "gardener", "sailor", "captain", "pilot",
    "porter", "priest", "judge", "teacher", "nurse", "doctor", "painter", "piper", "tailor", "weaver", "potter",
    "mason", "farmer", "shepherd", "hunter", "fisher", "ferryman", "innkeeper", "steward", "groom", "page", "squire",
    "knight", "thief", "beggar", "spy", "messenger", "merchant", "banker", "printer", "scribe",
];

/// How people talk.
#[rustfmt::skip]
pub(super) const MANNERS: [&str; 25] = [
    "blunt", "cheerful", "sour", "calm", "quick", "slow", "proud", "shy", "kind", "tired", "dry", "loud", "nervous",
    "exact", "warm", "gruff", "polite", "sly", "sleepy", "stern", "merry", "gentle", "grim", "curious", "patient",
];

/// What is counted.
#[rustfmt::skip]
pub(super) const COUNTED: [&str; 10] = [
    "guards", "wolves", "crates", "horses", "boats", "prisoners", "pilgrims", "lamps", "graves", "sacks",
];

/// Who belongs to somebody.
#[rustfmt::skip]
pub(super) const KIN: [&str; 10] = [
    "dog", "horse", "ship", "goat", "cat", "daughter", "son", "boat", "mule", "sister",
];

/// Where a drill plays, before the name of a place.
#[rustfmt::skip]
pub(super) const SETTINGS: [&str; 7] = [
    "A corner of", "The square at", "The road to", "The yard at", "A table at", "The gate of", "The market at",
];

/// Where a thing can be, when no scenes say so.
#[rustfmt::skip]
pub(super) const SOMEWHERE: [&str; 8] = [
    "behind the mill", "under the stairs", "on the top shelf", "in the cold cellar", "beside the well",
    "inside the clock", "near the north gate", "beneath a loose board",
];

/// What is added to an answer; mostly nothing.
#[rustfmt::skip]
pub(super) const MORE: [&str; 12] = [
    "", "", "", "Mind the step.", "And tell nobody.", "Now you know.", "Ask again and it costs.", "That is all I know.",
    "I counted twice.", "Believe it or not.", "Do hurry.", "I told the last one too.",
];
