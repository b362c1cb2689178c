//! Text in lines that fit: by columns of the terminal, in which letters of Chinese, Japanese and Korean take two.

use ratatui::text::Span;

/// Columns that a text takes.
pub fn columns(text: &str) -> usize {
    Span::raw(text).width()
}

/// The text in lines of at most `width` columns. Lines break at spaces, around wide letters, and inside of words that
/// are longer than a line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for piece in pieces(text) {
        let takes = columns(&piece);
        let bare = columns(piece.trim_end());
        if used + bare > width && used > 0 {
            lines.push(line.trim_end().to_owned());
            (line, used) = (String::new(), 0);
        }
        if bare <= width {
            line.push_str(&piece);
            used += takes;
            continue;
        }
        for c in piece.chars() {
            let takes = columns(c.encode_utf8(&mut [0; 4]));
            if used + takes > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += takes;
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The text cut to `width` columns, with an ellipsis when something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 1);
    for c in text.chars() {
        used += columns(c.encode_utf8(&mut [0; 4]));
        if used > width {
            break;
        }
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// What a line may break behind: words with the spaces that follow them, and each wide letter.
fn pieces(text: &str) -> Vec<String> {
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    for c in text.chars() {
        let wide = columns(c.encode_utf8(&mut [0; 4])) == 2;
        // Closing punctuation stays with the letter before it.
        let closes = "、。，．！？：；）」』】…".contains(c);
        let ends =
            piece.chars().next_back().is_some_and(|last| last == ' ' || columns(last.encode_utf8(&mut [0; 4])) == 2);
        if !piece.is_empty() && c != ' ' && !closes && (wide || ends) {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push(c);
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_keep_all_words() {
        let text = "The rope hums. Across the water, the tower stands.";
        for width in 2..60 {
            let lines = wrap(text, width);
            assert!(lines.iter().all(|line| columns(line) <= width), "{width}: {lines:?}");
            let letters = |text: &str| text.replace(' ', "");
            assert_eq!(letters(&lines.concat()), letters(text), "{width}");
        }
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn wide_letters_take_two_columns_and_break_anywhere() {
        assert_eq!(wrap("鐘が鳴る。夜だ", 6), ["鐘が鳴", "る。夜", "だ"]);
        assert_eq!(wrap("鐘が鳴。", 6), ["鐘が", "鳴。"], "a full stop begins no line");
        assert_eq!(cut("鐘が鳴る", 5), "鐘が…");
        assert_eq!(cut("bell", 4), "bell");
    }
}
