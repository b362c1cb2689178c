//! The sizes in which GPT-2 was published, by name.

use std::fmt;
use std::str::FromStr;

use super::Gpt2Config;

/// A published size of GPT-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishedShape {
    /// `distilgpt2`: 82 M parameters.
    Distil,
    /// `124M`: gpt2.
    Small,
    /// `355M`: gpt2-medium.
    Medium,
    /// `774M`: gpt2-large.
    Large,
    /// `1.5B`: gpt2-xl.
    Xl,
}

impl PublishedShape {
    /// All of them, the smallest first.
    pub const ALL: [Self; 5] = [Self::Distil, Self::Small, Self::Medium, Self::Large, Self::Xl];

    /// Its size and the name of its checkpoint.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Distil => ("distilgpt2", "distilgpt2"),
            Self::Small => ("124M", "gpt2"),
            Self::Medium => ("355M", "gpt2-medium"),
            Self::Large => ("774M", "gpt2-large"),
            Self::Xl => ("1.5B", "gpt2-xl"),
        }
    }

    /// A model of this shape.
    #[must_use]
    pub fn config(self) -> Gpt2Config {
        match self {
            Self::Distil => Gpt2Config::distilgpt2(),
            Self::Small => Gpt2Config::gpt2(),
            Self::Medium => Gpt2Config::gpt2_medium(),
            Self::Large => Gpt2Config::gpt2_large(),
            Self::Xl => Gpt2Config::gpt2_xl(),
        }
    }
}

impl fmt::Display for PublishedShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().0)
    }
}

impl FromStr for PublishedShape {
    type Err = String;

    /// `124M` or `gpt2`, in any case, and so on.
    fn from_str(text: &str) -> Result<Self, String> {
        let is = |name: &str| name.eq_ignore_ascii_case(text);
        let found = Self::ALL.into_iter().find(|shape| is(shape.names().0) || is(shape.names().1));
        found.ok_or_else(|| {
            format!("'{text}' is no published shape: {} are", Self::ALL.map(|shape| shape.to_string()).join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_two_names_and_the_published_sizes() {
        for shape in PublishedShape::ALL {
            let (size, name) = shape.names();
            assert_eq!((size.parse(), name.parse(), size.to_lowercase().parse()), (Ok(shape), Ok(shape), Ok(shape)));
        }
        let millions = PublishedShape::ALL.map(|shape| shape.config().parameters() / 1_000_000);
        assert_eq!(millions, [81, 124, 354, 774, 1557]);
        let error = "7B".parse::<PublishedShape>().unwrap_err();
        assert!(PublishedShape::ALL.iter().all(|shape| error.contains(&shape.to_string())), "{error}");
    }
}
