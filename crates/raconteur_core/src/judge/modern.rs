//! Words of an age of machines, which the world of a story may not have yet.

use std::sync::Arc;

use super::authored;
use super::phrases::Phrases;
use super::stem::Stemmer;
use super::words;
use crate::story::format::Story;

/// Finds words of the industrial and the digital age, in whatever form, apart from those that a story itself uses. Cheap
/// to clone. The lists are English and Chinese; in other languages nothing is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModernWords {
    stems: Arc<Phrases>,
    exact: Arc<Phrases>,
    stemmer: Stemmer,
}

impl ModernWords {
    /// For the texts of a story, apart from what it uses itself.
    #[must_use]
    pub fn of_story(story: &Story) -> Self {
        Self::apart_from(authored::texts(story), Stemmer::of_locale(&story.locale))
    }

    /// For texts in a language, apart from what stands in `texts`.
    #[must_use]
    pub fn apart_from<'a>(texts: impl IntoIterator<Item = &'a str>, stemmer: Stemmer) -> Self {
        let (list, exact) = if stemmer.is_english() { (MODERN, EXACT) } else { (&[][..], &[][..]) };
        let mut stems = Phrases::new(list.iter().copied(), |word| stemmer.stem(word));
        let mut exact = Phrases::new(exact.iter().chain(CHINESE).copied(), str::to_owned);
        for text in texts {
            let words = words::words(text);
            stems.release(&stemmer.stems(&words));
            exact.release(&words);
        }
        Self { stems: Arc::new(stems), exact: Arc::new(exact), stemmer }
    }

    /// The first of them in a text of these folded `words`.
    pub(super) fn find(&self, words: &[String]) -> Option<String> {
        let found = self.stems.find(&self.stemmer.stems(words)).or_else(|| self.exact.find(words));
        let (at, length) = found?;
        Some(words::joined(&words[at..at + length]))
    }
}

/// Chinese characters, which stand in texts of no other script.
const CHINESE: &[&str] = &[
    "手机",
    "电话",
    "電話",
    "电脑",
    "電腦",
    "电视",
    "电影",
    "电灯",
    "电池",
    "电梯",
    "电报",
    "互联网",
    "上网",
    "汽车",
    "汽車",
    "公交",
    "地铁",
    "火车",
    "飞机",
    "飛機",
    "轮船",
    "自行车",
    "摩托",
    "出租车",
    "停车场",
    "照片",
    "录音",
    "广播",
    "收音机",
    "冰箱",
    "空调",
    "塑料",
    "机枪",
    "手枪",
    "步枪",
    "炸弹",
    "坦克",
    "导弹",
    "核武",
    "超市",
    "信用卡",
    "咖啡",
    "披萨",
    "汉堡",
    "巧克力",
    "股票",
    "微信",
    "邮件",
];

/// Those whose stem is that of an older word: "elevated", "to compute", "she radiates", "the capital".
const EXACT: &[&str] = &[
    "capitalism",
    "computer",
    "computers",
    "elevator",
    "elevators",
    "escalator",
    "escalators",
    "generator",
    "generators",
    "radiation",
];

/// What has one meaning only. Left out is what an older world has too: trains of mules, drones of bees, batteries of
/// cannon, the film on a pond, planes, tanks, cells, jets, the servers at a table, birds that twitter, trucks with a
/// stranger.
const MODERN: &[&str] = &[
    // Talk at a distance.
    "phone",
    "telephone",
    "smartphone",
    "cellphone",
    "cell phone",
    "mobile phone",
    "voicemail",
    "text message",
    "telegraph",
    "telegram",
    "fax",
    "email",
    "e mail",
    "walkie talkie",
    "radio",
    "microphone",
    "loudspeaker",
    "headphones",
    "earphones",
    // Pictures and sound.
    "television",
    "tv",
    "video",
    "movie",
    "cinema",
    "camera",
    "photo",
    "photograph",
    "photographer",
    "photography",
    "selfie",
    "gramophone",
    "phonograph",
    "jukebox",
    "stereo",
    "dvd",
    "cd",
    "hollywood",
    // Computers.
    "laptop",
    "internet",
    "online",
    "offline",
    "website",
    "wifi",
    "wi fi",
    "bluetooth",
    "gps",
    "usb",
    "software",
    "download",
    "upload",
    "database",
    "hacker",
    "pixel",
    "app",
    "robot",
    "robotic",
    "android",
    "cyborg",
    "cyber",
    "cyberspace",
    "algorithm",
    "smartwatch",
    "touchscreen",
    "emoji",
    "password reset",
    // Power and stuff.
    "electric",
    "electrical",
    "electricity",
    "electronic",
    "electronics",
    "lightbulb",
    "light bulb",
    "flashlight",
    "neon",
    "laser",
    "nuclear",
    "atomic bomb",
    "radar",
    "plastic",
    "nylon",
    "polyester",
    "aluminium",
    "aluminum",
    "petrol",
    "gasoline",
    "diesel",
    "kerosene",
    "dynamite",
    "megawatt",
    "volt",
    "voltage",
    "barbed wire",
    // Getting about.
    "car",
    "automobile",
    "lorry",
    "bus",
    "taxi",
    "motorcycle",
    "motorbike",
    "bicycle",
    "bike",
    "subway",
    "motorway",
    "freeway",
    "parking lot",
    "traffic light",
    "traffic jam",
    "gas station",
    "petrol station",
    "airport",
    "airplane",
    "aeroplane",
    "aircraft",
    "airline",
    "helicopter",
    "astronaut",
    "spaceship",
    "spacecraft",
    "rocket ship",
    "locomotive",
    "railway",
    "railroad",
    "train station",
    "steamboat",
    "steamship",
    "steam engine",
    "tram",
    "submarine",
    "bulldozer",
    "tractor",
    "skateboard",
    "driver s license",
    "seat belt",
    // Houses and shops.
    "refrigerator",
    "fridge",
    "freezer",
    "microwave",
    "dishwasher",
    "vacuum cleaner",
    "washing machine",
    "air conditioner",
    "air conditioning",
    "skyscraper",
    "supermarket",
    "shopping mall",
    "credit card",
    "atm",
    "apartment building",
    "office building",
    "vending machine",
    "typewriter",
    "ballpoint",
    // Wear and food.
    "jeans",
    "t shirt",
    "sneakers",
    "zipper",
    "sunglasses",
    "toothpaste",
    "shampoo",
    "pizza",
    "hamburger",
    "cheeseburger",
    "coca cola",
    "cigarette",
    // Arms.
    "machine gun",
    "revolver",
    "submachine gun",
    "hand grenade",
    "bulletproof",
    "bazooka",
    // Learning and the body.
    "scientist",
    "psychology",
    "psychologist",
    "psychiatrist",
    "psychotherapy",
    "therapist",
    "vitamin",
    "vaccine",
    "vaccination",
    "antibiotic",
    "penicillin",
    "dna",
    "genetic",
    "genome",
    "x ray",
    // People and ways.
    "teenager",
    "weekend",
    "okay",
    "ok",
    "basketball",
    "baseball",
    "communism",
    "communist",
    "fascist",
    "nazi",
    "world war",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn find(texts: &[&str], text: &str) -> Option<String> {
        ModernWords::apart_from(texts.iter().copied(), Stemmer::of_locale("en")).find(&words::words(text))
    }

    #[test]
    fn words_of_the_machine_age_in_any_form() {
        for (text, wanted) in [
            ("Put down the phone.", "phone"),
            ("He telephoned twice.", "telephoned"),
            ("Okay, go.", "okay"),
            ("Two cars and the BUSES.", "cars"),
            ("She photographed it.", "photographed"),
            ("A machine-gun by the wall.", "machine gun"),
            ("An e-mail came.", "e mail"),
            ("他掏出手机。", "手机"),
        ] {
            assert_eq!(find(&[], text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(find(&["坐火车来的。"], "火车到了。"), None, "the story has the word");
    }

    #[test]
    fn old_words_and_the_words_of_the_story_stay() {
        for text in [
            "A train of mules, a carriage, a cart. The business of carters.",
            "An elevated place; I computed the tides, and she radiates warmth.",
            "Care for the card player; he is carefree.",
            "The okapi is busy. The apple and the apt.",
            "Drones hum, batteries roar, a film lies on the pond.",
        ] {
            assert_eq!(find(&[], text), None, "{text}");
        }
        assert_eq!(find(&["The telephones rang."], "A telephone rings."), None);
        assert_eq!(find(&["The telephones rang."], "A radio plays.").as_deref(), Some("radio"));
        let french = ModernWords::apart_from([], Stemmer::of_locale("fr"));
        assert_eq!(french.find(&words::words("Le car est en panne, la radio aussi.")), None);
    }
}
