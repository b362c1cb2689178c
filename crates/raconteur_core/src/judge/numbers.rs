//! Numbers in texts, in digits or in English words.

use std::collections::BTreeSet;

/// The numbers that stand in a text of these folded words. With `english`, "forty-two" is 42 and "a dozen" is 12; "one"
/// by itself, "first" and "second" are no numbers, since they hardly ever count anything. Digits too many for a number
/// are left as they are.
pub(super) fn numbers(words: &[String], english: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < words.len() {
        let digits: String = words[at].chars().take_while(char::is_ascii_digit).collect();
        if !digits.is_empty() {
            let bare = digits.trim_start_matches('0');
            found.insert(if bare.is_empty() { "0".to_owned() } else { bare.to_owned() });
            at += 1;
            continue;
        }
        match chinese(&words[at..]).or_else(|| if english { spelled(&words[at..]) } else { None }) {
            Some((value, length)) => {
                found.insert(value.to_string());
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// The number that some folded English words begin with, and how many of them it takes.
pub(crate) fn spelled(words: &[String]) -> Option<(u64, usize)> {
    let (mut total, mut part, mut length) = (0u64, 0u64, 0usize);
    let mut alone = true;
    while let Some(word) = words.get(length) {
        match (small(word), large(word)) {
            // Behind tens only a unit goes on: "twenty two" is one number, "two three" are two.
            (Some(value), _) if part % 100 == 0 || (part % 10 == 0 && part % 100 >= 20 && value < 10) => part += value,
            (_, Some(100)) if part < 100 => part = part.max(1) * 100,
            (_, Some(12)) if part < 100 => part = part.max(1) * 12,
            (_, Some(scale)) if scale >= 1000 => {
                total = total.saturating_add(part.max(1).saturating_mul(scale));
                part = 0;
            }
            // "two hundred and five"
            _ if word == "and"
                && length > 0
                && large(&words[length - 1]).is_some_and(|scale| scale != 12)
                && words.get(length + 1).is_some_and(|next| small(next).is_some()) => {}
            _ => break,
        }
        alone = length == 0 && word == "one";
        length += 1;
    }
    (length > 0 && !alone).then(|| (total.saturating_add(part), length))
}

fn small(word: &str) -> Option<u64> {
    const SMALL: &[(u64, &[&str])] = &[
        (1, &["one"]),
        (2, &["two"]),
        (3, &["three", "third"]),
        (4, &["four", "fourth"]),
        (5, &["five", "fifth"]),
        (6, &["six", "sixth"]),
        (7, &["seven", "seventh"]),
        (8, &["eight", "eighth"]),
        (9, &["nine", "ninth"]),
        (10, &["ten", "tenth"]),
        (11, &["eleven", "eleventh"]),
        (12, &["twelve", "twelfth"]),
        (13, &["thirteen", "thirteenth"]),
        (14, &["fourteen", "fourteenth"]),
        (15, &["fifteen", "fifteenth"]),
        (16, &["sixteen", "sixteenth"]),
        (17, &["seventeen", "seventeenth"]),
        (18, &["eighteen", "eighteenth"]),
        (19, &["nineteen", "nineteenth"]),
        (20, &["twenty", "twentieth"]),
        (30, &["thirty", "thirtieth"]),
        (40, &["forty", "fortieth"]),
        (50, &["fifty", "fiftieth"]),
        (60, &["sixty", "sixtieth"]),
        (70, &["seventy", "seventieth"]),
        (80, &["eighty", "eightieth"]),
        (90, &["ninety", "ninetieth"]),
    ];
    SMALL.iter().find(|(_, words)| words.contains(&word)).map(|(value, _)| *value)
}

fn large(word: &str) -> Option<u64> {
    match word {
        "dozen" => Some(12),
        "hundred" | "hundredth" => Some(100),
        "thousand" | "thousandth" => Some(1_000),
        "million" => Some(1_000_000),
        _ => None,
    }
}

/// The number that these words, single Chinese characters, begin with, and its length: 四百零六, 九千, 二十. A lone 一, and
/// 百, 千 and 万 alone or in front of another word (千万 is "whatever you do"), count nothing.
fn chinese(words: &[String]) -> Option<(u64, usize)> {
    let (mut total, mut part, mut digit) = (0u64, 0u64, None::<u64>);
    let (mut length, mut digits) = (0, 0);
    for word in words {
        if let Some(value) = figure(word) {
            // Digits in a row are a year or the like: 二〇二四.
            digit = Some(match digit {
                Some(before) if before > 0 || digits > 1 => before.saturating_mul(10).saturating_add(value),
                _ => value,
            });
            digits += 1;
        } else if let Some(scale) = scale(word) {
            if scale == 10_000 {
                total = part.saturating_add(digit.take().unwrap_or(0)).saturating_mul(scale);
                part = 0;
            } else {
                part = part.saturating_add(digit.take().unwrap_or(1).saturating_mul(scale));
            }
        } else {
            break;
        }
        length += 1;
    }
    let value = total.saturating_add(part).saturating_add(digit.unwrap_or(0));
    let one = length == 1 && words.first().is_some_and(|word| word == "一");
    let very = length == 1 && words.get(1).is_some_and(|next| next == "分");
    let ten = words.first().is_some_and(|word| word == "十") && !very;
    (length > 0 && !one && (digits > 0 || ten)).then_some((value, length))
}

fn figure(word: &str) -> Option<u64> {
    const FIGURES: &[(&str, u64)] = &[
        ("零", 0),
        ("〇", 0),
        ("一", 1),
        ("二", 2),
        ("两", 2),
        ("兩", 2),
        ("三", 3),
        ("四", 4),
        ("五", 5),
        ("六", 6),
        ("七", 7),
        ("八", 8),
        ("九", 9),
    ];
    FIGURES.iter().find(|(other, _)| *other == word).map(|(_, value)| *value)
}

fn scale(word: &str) -> Option<u64> {
    match word {
        "十" => Some(10),
        "百" => Some(100),
        "千" => Some(1_000),
        "万" | "萬" => Some(10_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    #[test]
    fn digits_and_words_are_the_same_numbers() {
        for (text, wanted) in [
            ("Forty winters, 40 nights.", &["40"][..]),
            ("Twenty-two barrels and three casks", &["22", "3"]),
            ("two hundred and five", &["205"]),
            ("a hundred men, a dozen boats, two dozen oars", &["100", "12", "24"]),
            ("three thousand one hundred and one", &["3101"]),
            ("the sixth of 007", &["6", "7"]),
            ("One of them said so first; I thought twice.", &[]),
            ("two, three and five", &["2", "3", "5"]),
            ("one hundred", &["100"]),
            ("It rose 3rd", &["3"]),
            ("99999999999999999999999", &["99999999999999999999999"]),
        ] {
            let found: Vec<String> = numbers(&words(text), true).into_iter().collect();
            let mut wanted: Vec<String> = wanted.iter().map(|number| (*number).to_owned()).collect();
            wanted.sort();
            assert_eq!(found, wanted, "{text}");
        }
        for (text, wanted) in [
            ("四百零六个，你没数错。", &["406"][..]),
            ("九千人，两千支戈，四百副肩膀", &["9000", "2000", "400"]),
            ("九天，九日，第九天", &["9"]),
            ("二十一辆车，十二天，一百二十户，三万五千人", &["21", "12", "120", "35000"]),
            ("一千零一夜", &["1001"]),
            ("一样，一定，千万别去，十分好", &[]),
            ("等了十天，二〇二四年", &["10", "2024"]),
        ] {
            let found: Vec<String> = numbers(&words(text), false).into_iter().collect();
            let mut wanted: Vec<String> = wanted.iter().map(|number| (*number).to_owned()).collect();
            wanted.sort();
            assert_eq!(found, wanted, "{text}");
        }
        assert_eq!(numbers(&words("sept ou 7"), false).into_iter().collect::<Vec<_>>(), ["7"]);
    }
}
