//! What the hashtags of a line ask for.

/// How a line of Yarn is to be generated, read from its hashtags.
///
/// | hashtag | meaning |
/// |---|---|
/// | `#gen:vary` | say the line in other words |
/// | `#gen:free` | write it toward `#goal:` |
/// | `#must:bell` | "bell" has to be said; `#must:bell\|bells` one of the two; several tags: all of them |
/// | `#must_not:Odo` | may not be said |
/// | `#tone:weary` | mood of the speaker |
/// | `#goal:warn_of_the_stair` | what a free line is to achieve |
/// | `#setting:the_ferry_stage` | where and when it is |
///
/// A hashtag ends at a space, so `_` stands for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What the model is to do.
    pub mode: Mode,
    /// Of each group one word has to be said.
    pub must: Vec<Vec<String>>,
    /// Words that may not be said.
    pub must_not: Vec<String>,
    /// Mood of the speaker.
    pub tone: Option<String>,
    /// What a free line is to achieve.
    pub goal: Option<String>,
    /// Where and when it is.
    pub setting: String,
}

/// What the model is to do with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Say it in other words.
    Vary,
    /// Write toward a goal.
    Free,
}

impl Wish {
    /// Reads hashtags, with or without their `#`. `None`: the line is to stay as it was written, also when what it asks
    /// for is unknown, or is free writing without a goal.
    #[must_use]
    pub fn from_hashtags<'a>(hashtags: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut mode = None;
        let mut wish = Self {
            mode: Mode::Vary,
            must: Vec::new(),
            must_not: Vec::new(),
            tone: None,
            goal: None,
            setting: String::new(),
        };
        for hashtag in hashtags {
            let Some((key, value)) = hashtag.trim().trim_start_matches('#').split_once(':') else { continue };
            match key {
                "gen" => mode = Some(value.to_owned()),
                "must" => wish.must.extend(Some(words(value)).filter(|group| !group.is_empty())),
                "must_not" => wish.must_not.extend(words(value)),
                "tone" => wish.tone = Some(spaced(value)),
                "goal" => wish.goal = Some(spaced(value)),
                "setting" => wish.setting = spaced(value),
                _ => {}
            }
        }
        wish.mode = match mode?.as_str() {
            "vary" => Mode::Vary,
            "free" if wish.goal.as_ref().is_some_and(|goal| !goal.trim().is_empty()) => Mode::Free,
            _ => return None,
        };
        Some(wish)
    }
}

fn words(value: &str) -> Vec<String> {
    value.split('|').map(spaced).filter(|word| !word.is_empty()).collect()
}

fn spaced(value: &str) -> String {
    value.replace('_', " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashtags_say_what_is_wanted() {
        let tags = ["#gen:vary", "must:bell|bells", "must:river", "must_not:Odo", "tone:dead_tired", "other", "x:y"];
        let wish = Wish::from_hashtags(tags).expect("it asks for something");
        assert_eq!(wish.mode, Mode::Vary);
        assert_eq!(wish.must, [vec!["bell".to_owned(), "bells".to_owned()], vec!["river".to_owned()]]);
        assert_eq!((wish.must_not, wish.tone.as_deref()), (vec!["Odo".to_owned()], Some("dead tired")));
    }

    #[test]
    fn what_is_not_understood_leaves_the_line_as_it_is() {
        assert_eq!(Wish::from_hashtags(["must:bell"]), None, "nothing is to be generated");
        assert_eq!(Wish::from_hashtags(["gen:dance"]), None);
        assert_eq!(Wish::from_hashtags(["gen:free"]), None, "without a goal");
        assert!(Wish::from_hashtags(["gen:free", "goal:warn_them"]).is_some());
        assert_eq!(Wish::from_hashtags(["gen:vary", "must:||"]).map(|wish| wish.must), Some(Vec::new()));
    }
}
