//! What there is in files of scenes, in numbers.

use std::collections::{BTreeMap, HashMap};

use raconteur_core::scenes::{Body, Script, YOU, repeated, words};
use serde::Serialize;

/// Words of a run whose repeats are counted.
const RUN: usize = 7;

/// Most runs that are listed.
const LISTED: usize = 10;

/// Numbers of all scenes together.
#[derive(Debug, Serialize)]
pub struct Counts {
    pub scenes: usize,
    /// Texts that somebody says or tells.
    pub lines: usize,
    /// Words of them.
    pub words: usize,
    /// Different words.
    pub vocabulary: usize,
    /// Different words that stand in a single scene.
    pub once: usize,
    /// Different settings.
    pub settings: usize,
    /// Names that are listed, each once.
    pub names: usize,
    pub kinds: Vec<Part>,
    pub worlds: Vec<Part>,
    pub shares: Vec<Share>,
    pub lengths: Vec<Quantiles>,
    /// Runs of seven words that are said most, with how often.
    pub repeated: Vec<(String, usize)>,
    /// Lines by their number of words: (most words of the class, lines).
    pub histogram: Vec<(usize, usize)>,
}

/// Scenes of a kind or of a world.
#[derive(Debug, Default, Serialize)]
pub struct Part {
    pub name: String,
    pub scenes: usize,
    pub lines: usize,
    pub words: usize,
}

/// How many of some scenes are something.
#[derive(Debug, Serialize)]
pub struct Share {
    pub name: &'static str,
    pub of: usize,
    pub all: usize,
}

/// Least, tenth, half, nine tenths, 99 hundredths and most of some numbers.
#[derive(Debug, Serialize)]
pub struct Quantiles {
    pub name: &'static str,
    pub values: [usize; 6],
}

/// Counts; `tokens` gives the tokens of a rendered scene, if there is a tokenizer.
pub fn count(scenes: &[Script], tokens: Option<&dyn Fn(&Script) -> usize>) -> Counts {
    let mut kinds: BTreeMap<&str, Part> = BTreeMap::new();
    let mut worlds: BTreeMap<&str, Part> = BTreeMap::new();
    // For each word the scene that it was last met in, and whether that is the only one.
    let mut vocabulary: HashMap<String, (usize, bool)> = HashMap::new();
    let (mut line_lengths, mut scene_lengths) = (Vec::new(), Vec::new());
    for (at, scene) in scenes.iter().enumerate() {
        let texts = scene.said();
        let mut all = 0;
        for text in &texts {
            let words = words(text);
            line_lengths.push(words.len());
            all += words.len();
            for word in words {
                let entry = vocabulary.entry(word).or_insert((at, true));
                entry.1 &= entry.0 == at;
            }
        }
        scene_lengths.push(all);
        for part in [kinds.entry(scene.body.kind()).or_default(), worlds.entry(&scene.world).or_default()] {
            part.scenes += 1;
            part.lines += texts.len();
            part.words += all;
        }
    }
    let mut lengths = vec![
        quantiles("words of a line", line_lengths.clone()),
        quantiles("words said in a scene", scene_lengths.clone()),
    ];
    if let Some(tokens) = tokens {
        lengths.push(quantiles("tokens of a scene", scenes.iter().map(tokens).collect()));
    }
    let mut repeats: Vec<(String, usize)> =
        repeated(scenes, RUN, 1).into_iter().map(|phrase| (phrase.words, phrase.times)).collect();
    repeats.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    repeats.truncate(LISTED);
    let names: std::collections::HashSet<&str> = scenes.iter().flat_map(|scene| scene.names.ids()).collect();
    let settings: std::collections::HashSet<&str> = scenes.iter().map(|scene| scene.setting.as_str()).collect();
    Counts {
        scenes: scenes.len(),
        lines: line_lengths.len(),
        words: scene_lengths.iter().sum(),
        vocabulary: vocabulary.len(),
        once: vocabulary.values().filter(|(_, once)| *once).count(),
        settings: settings.len(),
        names: names.len(),
        kinds: parts(kinds),
        worlds: parts(worlds),
        shares: shares(scenes),
        histogram: histogram(&line_lengths),
        lengths,
        repeated: repeats,
    }
}

fn parts(of: BTreeMap<&str, Part>) -> Vec<Part> {
    let mut parts: Vec<Part> = of.into_iter().map(|(name, part)| Part { name: name.to_owned(), ..part }).collect();
    parts.sort_by(|a, b| b.scenes.cmp(&a.scenes).then_with(|| a.name.cmp(&b.name)));
    parts
}

fn shares(scenes: &[Script]) -> Vec<Share> {
    let share = |name, is: &dyn Fn(&Script) -> Option<bool>| {
        let all: Vec<bool> = scenes.iter().filter_map(is).collect();
        Share { name, of: all.iter().filter(|is| **is).count(), all: all.len() }
    };
    vec![
        share("talks among NPCs, without the player", &|scene| match &scene.body {
            Body::Talk { turns } => Some(turns.iter().all(|(who, _)| who != YOU)),
            _ => None,
        }),
        share("answers that nobody knows (uses: [])", &|scene| match &scene.body {
            Body::Answer { uses, .. } => Some(uses.is_empty()),
            _ => None,
        }),
        share("answers whose facts have slots", &|scene| match &scene.body {
            Body::Answer { uses, .. } if !uses.is_empty() => Some(!scene.slots.is_empty()),
            _ => None,
        }),
        share("scenes with facts", &|scene| Some(!scene.facts.is_empty())),
        share("scenes with a mood", &|scene| (!scene.speakers.is_empty()).then_some(!scene.mood.is_empty())),
    ]
}

/// Quantiles of some numbers; zeros when there are none.
fn quantiles(name: &'static str, mut numbers: Vec<usize>) -> Quantiles {
    numbers.sort_unstable();
    let last = numbers.len().saturating_sub(1);
    let at = |share: f64| numbers.get((last as f64 * share).round() as usize).copied().unwrap_or(0);
    Quantiles { name, values: [0.0, 0.1, 0.5, 0.9, 0.99, 1.0].map(at) }
}

/// Lines in classes of three words; the last class holds all that are longer.
fn histogram(lengths: &[usize]) -> Vec<(usize, usize)> {
    const WIDTH: usize = 3;
    const CLASSES: usize = 20;
    let mut classes: Vec<(usize, usize)> = (1..=CLASSES).map(|class| (class * WIDTH, 0)).collect();
    for &length in lengths {
        classes[(length.saturating_sub(1) / WIDTH).min(CLASSES - 1)].1 += 1;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENES: &str = include_str!("../../tests/scenes/quay.jsonl");

    #[test]
    fn sums_are_those_of_the_parts() {
        let scenes = raconteur_core::scenes::read(SCENES).expect("scenes");
        let counts = count(&scenes, Some(&|scene: &Script| scene.facts.len()));
        assert_eq!(counts.scenes, scenes.len());
        for parts in [&counts.kinds, &counts.worlds] {
            assert_eq!(parts.iter().map(|part| part.scenes).sum::<usize>(), counts.scenes);
            assert_eq!(parts.iter().map(|part| part.lines).sum::<usize>(), counts.lines);
            assert_eq!(parts.iter().map(|part| part.words).sum::<usize>(), counts.words);
        }
        assert_eq!(counts.histogram.iter().map(|class| class.1).sum::<usize>(), counts.lines);
        assert!(counts.once < counts.vocabulary && counts.vocabulary < counts.words);
        let unknown = counts.shares.iter().find(|share| share.name.contains("nobody knows")).expect("a share");
        let answers = scenes.iter().filter(|scene| scene.body.kind() == "answer").count();
        assert_eq!((unknown.of, unknown.all), (SCENES.matches("\"uses\": []").count(), answers));
        assert_eq!(counts.lengths.len(), 3);
    }

    #[test]
    fn quantiles_are_of_the_sorted_numbers() {
        let found = quantiles("x", (0..=100).rev().collect());
        assert_eq!(found.values, [0, 10, 50, 90, 99, 100]);
        assert_eq!(quantiles("x", vec![7]).values, [7; 6]);
        assert_eq!(quantiles("x", Vec::new()).values, [0; 6]);
        assert_eq!(histogram(&[0, 1, 3, 4, 1000]).iter().map(|class| class.1).collect::<Vec<_>>()[..2], [3, 1]);
        assert_eq!(histogram(&[1000]).last(), Some(&(60, 1)));
    }

    #[test]
    fn nothing_counts_as_nothing() {
        let counts = count(&[], None);
        assert_eq!((counts.scenes, counts.words, counts.vocabulary), (0, 0, 0));
    }
}
