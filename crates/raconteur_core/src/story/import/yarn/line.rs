//! One line of Yarn: how far it is indented, and what stands on it.

/// A line with something on it.
#[derive(Debug)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// White space before it; a tab counts as eight.
    pub indent: usize,
    /// The rest, without comment.
    pub text: String,
}

impl Line {
    /// The line, unless nothing stands on it.
    pub fn new(row: &str, number: usize) -> Option<Self> {
        let indent = row.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 8 } else { 1 }).sum();
        let text = without_comment(row).trim();
        (!text.is_empty()).then(|| Self { number, indent, text: text.to_owned() })
    }

    /// What stands between `<<` and `>>`, if that is all.
    pub fn command(&self) -> Option<&str> {
        let inside = self.text.strip_prefix("<<")?;
        // Hashtags may follow a command too.
        let end = inside.find(">>")?;
        let rest = inside[end + 2..].trim_start();
        (rest.is_empty() || rest.starts_with('#')).then(|| inside[..end].trim())
    }
}

/// A comment begins with `//`, but not in the middle of an address.
fn without_comment(row: &str) -> &str {
    let mut from = 0;
    while let Some(at) = row[from..].find("//").map(|at| at + from) {
        if !row[..at].ends_with([':', '\\']) {
            return &row[..at];
        }
        from = at + 2;
    }
    row
}

/// A line or an option taken apart.
#[derive(Debug, Default)]
pub struct Parts {
    /// The words.
    pub text: String,
    /// What stands between `<<` and `>>` behind them.
    pub commands: Vec<String>,
    /// Hashtags without `#`, but for the id.
    pub tags: Vec<String>,
    id: Option<String>,
}

impl Parts {
    /// Takes a text apart: words, commands, hashtags.
    pub fn of(text: &str) -> Self {
        let mut parts = Self::default();
        let mut words = text;
        if let Some(at) = hashtag(text) {
            words = &text[..at];
            for tag in text[at..].split_whitespace().filter_map(|word| word.strip_prefix('#')) {
                match tag.strip_prefix("line:") {
                    Some(id) if !id.is_empty() => parts.id = Some(id.to_owned()),
                    _ => parts.tags.push(tag.to_owned()),
                }
            }
        }
        while let Some((before, command)) = words.trim_end().strip_suffix(">>").and_then(|rest| rest.rsplit_once("<<"))
        {
            parts.commands.insert(0, command.trim().to_owned());
            words = before;
        }
        parts.text = words.trim().to_owned();
        parts
    }

    /// The id of `#line:`.
    pub fn id(&self) -> Option<String> {
        self.id.clone()
    }
}

/// Where hashtags begin: a `#` at the start or behind white space, with nothing but hashtags after it.
fn hashtag(text: &str) -> Option<usize> {
    let starts = text.match_indices('#').map(|(at, _)| at);
    let mut begins = starts.filter(|&at| at == 0 || text[..at].ends_with(char::is_whitespace));
    begins.find(|&at| text[at..].split_whitespace().all(|word| word.len() > 1 && word.starts_with('#')))
}

/// `Name: words`; a name is short and holds no mark of a sentence.
pub fn speaker(text: &str) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((name, words)) => {
            let short = name.chars().count() <= 40 && name.split_whitespace().count() <= 4;
            let plain = !name.contains(['.', ',', '!', '?', '"', '{', '[', '\\', '<', '/']);
            if short && plain && !name.trim().is_empty() { (Some(name.trim()), words.trim()) } else { (None, text) }
        }
        None => (None, text),
    }
}

/// A text without the backslashes that kept its signs from being read.
pub fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = (c == '\\').then(|| chars.next_if(|next| "#:{}[]<>/\\".contains(*next))).flatten();
        out.push(escaped.unwrap_or(c));
    }
    out
}
