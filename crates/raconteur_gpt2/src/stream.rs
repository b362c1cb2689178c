//! From token bytes to the text that may be shown.
//!
//! A token of a byte-level vocabulary may end inside a character, and a text may end in what becomes a stop string with
//! the next token. Both are held back: what is shown is never taken back, and ends in a whole character.
//!
//! Bytes that are no UTF-8 become U+FFFD, one for each maximal piece, as in [`String::from_utf8_lossy`]. A character that
//! is cut off at the end of the text becomes nothing: the text ended there, a box would tell the player nothing.

/// Decodes UTF-8 that comes in pieces.
#[derive(Debug, Clone, Copy, Default)]
pub struct Utf8Decoder {
    /// Bytes of a character that is not complete yet; three at most.
    pending: [u8; 3],
    len: usize,
}

impl Utf8Decoder {
    /// Appends to `out` the characters that `bytes` complete.
    pub fn decode(&mut self, bytes: &[u8], out: &mut String) {
        let mut rest = bytes;
        // A character that has begun goes on byte by byte, without a buffer on the heap.
        while self.len > 0
            && let Some((&byte, after)) = rest.split_first()
        {
            let mut joined = [0; 4];
            joined[..self.len].copy_from_slice(&self.pending[..self.len]);
            joined[self.len] = byte;
            match std::str::from_utf8(&joined[..=self.len]) {
                Ok(character) => {
                    out.push_str(character);
                    (self.len, rest) = (0, after);
                }
                // What has begun cannot go on so: it is one maximal piece, and the byte begins anew.
                Err(error) if error.error_len().is_some() => {
                    out.push(char::REPLACEMENT_CHARACTER);
                    self.len = 0;
                }
                Err(_) => {
                    self.pending[self.len] = byte;
                    (self.len, rest) = (self.len + 1, after);
                }
            }
        }
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    out.push_str(text);
                    return;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    out.push_str(&String::from_utf8_lossy(valid));
                    if let Some(bad) = error.error_len() {
                        out.push(char::REPLACEMENT_CHARACTER);
                        rest = &after[bad..];
                    } else {
                        self.len = after.len();
                        self.pending[..after.len()].copy_from_slice(after);
                        return;
                    }
                }
            }
        }
    }
}

/// The text of one candidate as it grows, up to a stop string.
#[derive(Debug, Clone, Default)]
pub struct TextStream {
    decoder: Utf8Decoder,
    text: String,
    /// Bytes of `text` that were given out.
    shown: usize,
    stopped: bool,
}

impl TextStream {
    /// Takes the bytes of a token in. True when they complete a stop string: the text then ends before it.
    pub fn push(&mut self, bytes: &[u8], stops: &[String]) -> bool {
        let before = self.text.len();
        self.decoder.decode(bytes, &mut self.text);
        if let Some(start) = find_stop(&self.text, before, stops) {
            self.text.truncate(start);
            self.stopped = true;
        }
        self.stopped
    }

    /// Whether [`push`](Self::push) would complete a stop string.
    pub fn would_stop(&self, bytes: &[u8], stops: &[String], scratch: &mut String) -> bool {
        self.stop_after(bytes, stops, scratch).is_some()
    }

    /// Where the text would end if [`push`](Self::push) completed a stop string. `scratch` then holds the end of the
    /// text with the new bytes, from the first of the two offsets on; the other one is the end.
    pub fn stop_after(&self, bytes: &[u8], stops: &[String], scratch: &mut String) -> Option<(usize, usize)> {
        if stops.is_empty() {
            return None;
        }
        // A stop string that ends in the new text cannot start before its own length.
        let longest = stops.iter().map(String::len).max().unwrap_or(0);
        let start = self.text.floor_char_boundary(self.text.len().saturating_sub(longest));
        scratch.clear();
        scratch.push_str(&self.text[start..]);
        let before = scratch.len();
        self.decoder.clone().decode(bytes, scratch);
        find_stop(scratch, before, stops).map(|end| (start, start + end))
    }

    /// Ends the text behind its first `end` bytes.
    pub fn end_at(&mut self, end: usize) {
        self.text.truncate(end);
        self.stopped = true;
    }

    /// Appends to `out` what [`push`](Self::push) would append to the text, stop strings or not.
    pub fn preview(&self, bytes: &[u8], out: &mut String) {
        self.decoder.clone().decode(bytes, out);
    }

    /// The text so far, what is held back included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// New text that may be shown: whole characters that belong to no stop string. Empty when there is none.
    pub fn take(&mut self, stops: &[String]) -> String {
        self.take_before(self.settled(stops))
    }

    /// New text of the first `end` bytes, which are whole characters.
    pub fn take_before(&mut self, end: usize) -> String {
        self.give(end.max(self.shown))
    }

    /// Bytes from the start that belong to no stop string, whatever comes next.
    pub fn settled(&self, stops: &[String]) -> usize {
        self.text.len() - if self.stopped { 0 } else { held_back(&self.text, stops) }
    }

    /// Whether a stop string has ended the text.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// Bytes of the text that were given out.
    pub fn shown(&self) -> usize {
        self.shown
    }

    /// Forgets the text, but not how much of it was given out: what is pushed from now on begins with the same bytes.
    pub fn restart(&mut self) {
        self.decoder = Utf8Decoder::default();
        self.text.clear();
        self.stopped = false;
    }

    /// The rest, at the end of the text.
    pub fn finish(&mut self) -> String {
        self.give(self.text.len())
    }

    fn give(&mut self, end: usize) -> String {
        // Nothing, should the text have become shorter than what was given out.
        let new = self.text.get(self.shown..end).unwrap_or_default().to_owned();
        self.shown = end;
        new
    }
}

/// Where the stop string starts that is complete first, of those that end after `before`. Of two that end together it
/// is the longer, so that nothing of it is shown. Reading on never changes the answer: it does not depend on how the
/// text is cut into tokens.
fn find_stop(text: &str, before: usize, stops: &[String]) -> Option<usize> {
    let mut first: Option<(usize, usize)> = None;
    for stop in stops.iter().filter(|stop| !stop.is_empty()) {
        let from = text.floor_char_boundary((before + 1).saturating_sub(stop.len()));
        let found = text[from..].match_indices(stop.as_str()).map(|(at, _)| (from + at + stop.len(), from + at));
        if let Some(found) = found.filter(|&(end, _)| end > before).min() {
            first = Some(first.map_or(found, |best| best.min(found)));
        }
    }
    first.map(|(_, start)| start)
}

/// Length in bytes of the longest end of `text` with which a stop string starts.
fn held_back(text: &str, stops: &[String]) -> usize {
    let starts = |stop: &String| {
        let longest = stop.len().saturating_sub(1).min(text.len());
        (1..=longest).rev().find(|&n| text.as_bytes().ends_with(&stop.as_bytes()[..n])).unwrap_or(0)
    };
    // A stop string is cut only between characters, or it would not be an end of the text, which is whole characters.
    stops.iter().map(starts).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stops(stops: &[&str]) -> Vec<String> {
        stops.iter().map(ToString::to_string).collect()
    }

    /// What is shown after each piece, and at the end.
    fn shown(pieces: &[&[u8]], stops: &[String]) -> Vec<String> {
        let mut stream = TextStream::default();
        let mut shown = Vec::new();
        for piece in pieces {
            let stopped = stream.push(piece, stops);
            shown.push(stream.take(stops));
            if stopped {
                return shown;
            }
        }
        shown.push(stream.finish());
        shown
    }

    #[test]
    fn characters_come_whole() {
        let bytes = "鐘🔔".as_bytes();
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(shown(&pieces, &[]), ["", "", "鐘", "", "", "", "🔔", ""]);
    }

    #[test]
    fn a_cut_off_character_becomes_nothing_and_bad_bytes_a_replacement() {
        assert_eq!(shown(&[b"a\xe9\x90"], &[]), ["a", ""]);
        assert_eq!(shown(&[b"a\xe9", b"b\xff"], &[]), ["a", "\u{fffd}b\u{fffd}", ""]);
    }

    #[test]
    fn the_start_of_a_stop_string_is_held_back() {
        let stops = stops(&["\nMara:", "###"]);
        assert_eq!(shown(&[b"Hi.\n", b"Ma", b"ra:", b"x"], &stops), ["Hi.", "", ""]);
        assert_eq!(shown(&[b"Hi.\n", b"Ma", b"y #"], &stops), ["Hi.", "", "\nMay ", "#"]);
        assert_eq!(shown(&[b"a##b"], &stops), ["a##b", ""]);
    }

    #[test]
    fn the_first_complete_stop_string_counts() {
        assert_eq!(shown(&[b"one two three"], &stops(&["three", "two"])), ["one "]);
        assert_eq!(shown(&[b"xaby"], &stops(&["b", "ab"])), ["x"]);
        assert_eq!(shown(&[b"x", b"abc", b"d"], &stops(&["xabcd", "bc"])), ["", "xa"]);
    }

    #[test]
    fn would_stop_is_what_push_does() {
        let stops = stops(&["鐘x", "\n"]);
        let mut stream = TextStream::default();
        stream.push("a鐘".as_bytes(), &stops);
        let mut scratch = String::new();
        assert!(stream.would_stop(b"x", &stops, &mut scratch) && stream.would_stop(b" \n", &stops, &mut scratch));
        assert!(!stream.would_stop(b"y", &stops, &mut scratch));
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::sample::select(vec!["a", "b", "ab", " ", "\n", "鐘", "🔔", "ş", "e\u{301}", "👩‍👩‍👧"])
                .prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..4),
            "鐘🔔ş".prop_flat_map(|text: String| {
                let n = text.len();
                (0..n, 0..n).prop_map(move |(a, b)| text.as_bytes()[a.min(b)..a.max(b)].to_vec())
            }),
        ]
    }

    proptest! {
        #[test]
        fn pieces_together_are_the_whole(pieces in prop::collection::vec(piece(), 0..40)) {
            let all: Vec<u8> = pieces.concat();
            let mut whole = String::new();
            Utf8Decoder::default().decode(&all, &mut whole);
            let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(shown(&slices, &[]).concat(), whole.clone());
            let lossy = String::from_utf8_lossy(&all);
            // The standard library shows a cut-off end too.
            let rest = lossy.strip_prefix(whole.as_str());
            prop_assert!(rest == Some("") || rest == Some("\u{fffd}"), "{lossy:?} {whole:?}");
        }

        #[test]
        fn stops_do_not_depend_on_the_pieces(
            pieces in prop::collection::vec(piece(), 0..40),
            stops in prop::collection::vec(prop::sample::select(vec!["ab", "b鐘", "aba", "\n", "🔔a", "b"]), 0..3),
        ) {
            let stops: Vec<String> = stops.into_iter().map(String::from).collect();
            let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let text = shown(&slices, &stops).concat();
            prop_assert!(stops.iter().all(|stop| !text.contains(stop.as_str())));
            let all = pieces.concat();
            let bytes: Vec<&[u8]> = all.chunks(1).collect();
            prop_assert_eq!(&text, &shown(&bytes, &stops).concat());
            prop_assert_eq!(text, shown(&[&all], &stops).concat());
        }
    }
}
