//! "2", "the second one", "the last", "第二个": choices by their number.

use crate::judge::words;

/// Words that may stand beside a number.
const AROUND: &[&str] = &[
    "the", "one", "number", "option", "choice", "answer", "no", "nr", "please", "i", "take", "pick", "choose", "ll",
    "want", "d", "like", "say", "try", "let", "s", "do", "go", "with", "for", "of", "them", "ok", "okay", "my",
];

/// Names of the numbers from 1 on.
const NAMES: [[&str; 3]; 9] = [
    ["one", "first", "1st"],
    ["two", "second", "2nd"],
    ["three", "third", "3rd"],
    ["four", "fourth", "4th"],
    ["five", "fifth", "5th"],
    ["six", "sixth", "6th"],
    ["seven", "seventh", "7th"],
    ["eight", "eighth", "8th"],
    ["nine", "ninth", "9th"],
];

/// What may stand around a Chinese number; of two that begin alike the longer stands first.
const CHINESE_AROUND: &[&str] = &[
    "我", "想", "请", "选择", "选项", "选", "要", "那", "就", "是", "第", "数字", "答案", "号", "个", "项", "条", "吧",
];

/// The Chinese numbers from 1 on; traditional characters and the formal ones that are used for no choice are left out.
const CHINESE: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];

/// The place that the words name, below `count`, when they say nothing but a number.
pub(super) fn chosen(said: &str, count: usize) -> Option<usize> {
    let words = words::words(said);
    if words.iter().any(|word| word.chars().any(words::is_unspaced)) {
        return chinese(&words.concat(), count)?.checked_sub(1).filter(|place| *place < count);
    }
    let mut numbers = words.iter().filter(|word| !AROUND.contains(&word.as_str()));
    let named = match numbers.next() {
        Some(word) if numbers.next().is_none() => number(word, count)?,
        Some(_) => return None,
        // "number one": the only number is a word that also stands beside others.
        None => words.iter().any(|word| word == "one").then_some(1)?,
    };
    named.checked_sub(1).filter(|place| *place < count)
}

/// The number from 1 on, when nothing else is said: 二, 第二个, 选2吧, 最后一个.
fn chinese(said: &str, count: usize) -> Option<usize> {
    let mut rest = said;
    while let Some(shorter) = CHINESE_AROUND.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    while let Some(shorter) = CHINESE_AROUND.iter().find_map(|word| rest.strip_suffix(word)) {
        rest = shorter;
    }
    if matches!(rest, "最后" | "最后一" | "末") {
        return Some(count);
    }
    if let Ok(number) = rest.parse() {
        return Some(number);
    }
    let figure = |c: char| CHINESE.iter().position(|other| *other == c).map(|at| at + 1);
    let figures: Option<Vec<usize>> = rest.chars().map(figure).collect();
    match figures?.as_slice() {
        [number] => Some(*number),
        [10, unit] if *unit < 10 => Some(10 + unit),
        [tens, 10] if *tens < 10 => Some(tens * 10),
        [tens, 10, unit] if *tens < 10 && *unit < 10 => Some(tens * 10 + unit),
        _ => None,
    }
}

fn number(word: &str, count: usize) -> Option<usize> {
    if word == "last" {
        return Some(count);
    }
    let named = NAMES.iter().position(|names| names.contains(&word)).map(|place| place + 1);
    named.or_else(|| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn numbers_count_from_one_and_stand_alone() {
        for said in ["2", "the second one", "Number two, please.", "I'll take the 2nd", "option 2"] {
            assert_eq!(chosen(said, 3), Some(1), "{said}");
        }
        for said in ["one", "number one", "the first one"] {
            assert_eq!(chosen(said, 3), Some(0), "{said}");
        }
        assert_eq!(chosen("the last one", 5), Some(4));
        for said in
            ["0", "4", "the", "two doors", "", "99999999999999999999", "first things first", "second the marshal"]
        {
            assert_eq!(chosen(said, 3), None, "{said}");
        }
        assert_eq!(chosen("last", 0), None);
    }

    #[test]
    fn chinese_numbers() {
        for said in ["二", "第二个", "选二", "我选第二个。", "2号", "选2吧", "２", "第2项", "我要第二条", "请选 2"]
        {
            assert_eq!(chosen(said, 3), Some(1), "{said}");
        }
        assert_eq!(chosen("最后一个", 5), Some(4));
        assert_eq!(chosen("最后", 0), None);
        assert_eq!(chosen("第十一个", 12), Some(10));
        assert_eq!(chosen("二十一", 30), Some(20));
        for said in ["零", "第四个", "两千", "二月", "第二天", "我", "", "选", "一二三", "两扇门", "十十", "附议元帅"]
        {
            assert_eq!(chosen(said, 3), None, "{said}");
        }
    }
}
