//! Texts in a picture: how wide they are, and where they break.

/// About how wide a text is at a size of 1, in a sans-serif face. Generous, so that nothing runs out of its card.
pub fn width(text: &str) -> f32 {
    text.chars().map(advance).sum()
}

fn advance(c: char) -> f32 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ';' | ':' | '\'' | '|' | '!' | '’' => 0.29,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '"' | '-' | ' ' | '/' | '“' | '”' => 0.37,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.9,
        'A'..='Z' | '&' | '_' => 0.69,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        c if c.is_ascii() => 0.56,
        // Scripts with square characters, and pictures.
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{ffef}' => 1.0,
        c if u32::from(c) >= 0x1_f000 => 1.3,
        _ => 0.62,
    }
}

/// The text on one row of this width, cut with an ellipsis where it is longer.
pub fn fit(text: &str, size: f32, most: f32) -> String {
    wrap(text, size, most, 1).pop().unwrap_or_default()
}

/// The text on at most `rows` rows of this width; what does not fit ends in an ellipsis.
pub fn wrap(text: &str, size: f32, most: f32, rows: usize) -> Vec<String> {
    let most = most / size;
    let mut found: Vec<String> = Vec::new();
    let mut row = String::new();
    for word in text.split_whitespace() {
        let longer = if row.is_empty() { word.to_owned() } else { format!("{row} {word}") };
        if width(&longer) <= most {
            row = longer;
            continue;
        }
        if found.len() + 1 == rows {
            found.push(cut(&longer, most));
            return found;
        }
        if row.is_empty() {
            // A word wider than the row is cut where it stands.
            found.push(cut(word, most));
        } else {
            found.push(std::mem::take(&mut row));
            row = if width(word) <= most { word.to_owned() } else { cut(word, most) };
        }
    }
    if !row.is_empty() {
        found.push(row);
    }
    found.truncate(rows);
    found
}

/// As [`fit`], for a face in which all characters are equally wide.
pub fn fit_code(text: &str, size: f32, most: f32) -> String {
    let most = (most / size / 0.61) as usize;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= most {
        return flat;
    }
    let kept: String = flat.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn cut(text: &str, most: f32) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = advance('…');
    for c in text.chars() {
        used += advance(c);
        if used > most {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}
