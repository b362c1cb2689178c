//! An authored text with holes: "Find {thing} for {giver}."

use super::Filling;
use super::World;
use super::template::HookTemplate;

/// A text, cut at its holes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a [`Wording`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// A hole, by its name.
    Hole {
        /// Its name.
        name: String,
        /// Byte of its brace in the source.
        at: usize,
    },
}

impl Wording {
    /// Cuts a text at its holes.
    ///
    /// # Errors
    /// Byte and a sentence, when a brace has no partner or nothing in it.
    pub fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let end = rest.find(['{', '}']).unwrap_or(rest.len());
            if end > 0 {
                pieces.push(Piece::Text(rest[..end].to_owned()));
            }
            if end == rest.len() {
                break;
            }
            if rest[end..].starts_with('}') {
                return Err((at + end, "a closing brace without an opening one"));
            }
            let inside = &rest[end + 1..];
            let Some(length) = inside.find(['{', '}']).filter(|&close| inside[close..].starts_with('}')) else {
                return Err((at + end, "an opening brace without a closing one"));
            };
            let name = inside[..length].trim();
            if name.is_empty() {
                return Err((at + end, "a hole without a name"));
            }
            pieces.push(Piece::Hole { name: name.to_owned(), at: at + end });
            at += end + 1 + length + 1;
        }
        Ok(Self { pieces })
    }

    /// Names of its holes, in order; one may come twice.
    pub fn holes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole { name, at } => Some((name.as_str(), *at)),
            Piece::Text(_) => None,
        })
    }

    /// The text with the names of the entities in its holes. `None` when one of them is not there.
    #[must_use]
    pub fn fill(&self, template: &HookTemplate, filling: &Filling, world: &World) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Hole { name, .. } => {
                    let place = template.holes.position(name)?;
                    text.push_str(&world.get(filling.0.get(place)?)?.name);
                }
            }
        }
        capitalise(&mut text);
        Some(text)
    }
}

/// A text may begin with a hole, and "the mill" begins small.
fn capitalise(text: &mut String) {
    let Some(first) = text.chars().next() else { return };
    if first.is_lowercase() {
        let upper: String = first.to_uppercase().collect();
        text.replace_range(..first.len_utf8(), &upper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_found_and_broken_braces_named() {
        let wording = Wording::parse("Find {thing} for { giver }. {thing}!").unwrap();
        assert_eq!(wording.holes().collect::<Vec<_>>(), [("thing", 5), ("giver", 17), ("thing", 28)]);
        for (text, at) in [("a } b", 2), ("a { b", 2), ("{}", 0), ("{ {a} }", 0)] {
            assert_eq!(Wording::parse(text).unwrap_err().0, at, "{text}");
        }
        assert_eq!(Wording::parse("").unwrap(), Wording::default());
    }
}
