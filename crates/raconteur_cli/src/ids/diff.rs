//! A unified diff of two texts that differ in few places.

use std::fmt::Write;

/// Lines shown around a change.
const CONTEXT: usize = 2;

/// One step of the way from one text to the other.
#[derive(Clone, Copy)]
enum Step<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The difference in the form of `diff -u`; empty when there is none.
pub fn unified(name: &str, before: &str, after: &str) -> String {
    let steps = steps(before, after);
    let changed: Vec<usize> =
        steps.iter().enumerate().filter(|(_, step)| !matches!(step, Step::Same(_))).map(|(at, _)| at).collect();
    if changed.is_empty() {
        return String::new();
    }
    let mut text = format!("--- {name}\n+++ {name}\n");
    let mut left = changed.as_slice();
    while let Some(&first) = left.first() {
        // Changes whose surroundings touch share one hunk.
        let count = left.windows(2).take_while(|pair| pair[1] - pair[0] <= 2 * CONTEXT + 1).count() + 1;
        let last = left[count - 1];
        left = &left[count..];
        hunk(&mut text, &steps, first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(steps.len()));
    }
    text
}

fn hunk(text: &mut String, steps: &[Step<'_>], from: usize, to: usize) {
    let count = |steps: &[Step<'_>]| {
        let old = steps.iter().filter(|step| !matches!(step, Step::New(_))).count();
        let new = steps.iter().filter(|step| !matches!(step, Step::Gone(_))).count();
        (old, new)
    };
    let (old_before, new_before) = count(&steps[..from]);
    let (old, new) = count(&steps[from..to]);
    // Writing to a text cannot fail.
    let _ = writeln!(text, "@@ -{},{old} +{},{new} @@", old_before + 1, new_before + 1);
    for step in &steps[from..to] {
        let (sign, line) = match step {
            Step::Same(line) => (' ', line),
            Step::Gone(line) => ('-', line),
            Step::New(line) => ('+', line),
        };
        let _ = writeln!(text, "{sign}{}", line.trim_end_matches(['\n', '\r']));
    }
}

/// From the start and from the end inwards lines are the same; what is left is compared by the longest common
/// subsequence, or, where that would take too long, told as gone and new.
fn steps<'a>(before: &'a str, after: &'a str) -> Vec<Step<'a>> {
    let before: Vec<&str> = before.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let head = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let tail =
        before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(|(one, other)| one == other).count();
    let mut steps: Vec<Step<'a>> = before[..head].iter().map(|line| Step::Same(line)).collect();
    middle(&before[head..before.len() - tail], &after[head..after.len() - tail], &mut steps);
    steps.extend(before[before.len() - tail..].iter().map(|line| Step::Same(line)));
    steps
}

fn middle<'a>(before: &[&'a str], after: &[&'a str], steps: &mut Vec<Step<'a>>) {
    const MOST: usize = 16_000_000;
    if before.len().saturating_mul(after.len()) > MOST {
        steps.extend(before.iter().map(|line| Step::Gone(line)));
        steps.extend(after.iter().map(|line| Step::New(line)));
        return;
    }
    // common[i][j]: lines in common of before[i..] and after[j..].
    let width = after.len() + 1;
    let mut common = vec![0_u32; (before.len() + 1) * width];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            common[i * width + j] = if before[i] == after[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            steps.push(Step::Same(before[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == after.len() || i < before.len() && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            steps.push(Step::Gone(before[i]));
            i += 1;
        } else {
            steps.push(Step::New(after[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_changes_with_its_surroundings() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
        let after = "a\nb\nC\nc\nd\ne\nf\ng\nh\ni\nj\nK\nl\n";
        let expected = "--- x\n+++ x\n@@ -1,4 +1,5 @@\n a\n b\n+C\n c\n d\n@@ -9,4 +10,4 @@\n i\n j\n-k\n+K\n l\n";
        assert_eq!(unified("x", before, after), expected);
        assert_eq!(unified("x", before, before), "");
    }

    #[test]
    fn every_line_of_both_is_told() {
        let (before, after) = ("a\nb\na\nb\n", "b\nb\na\nc");
        let steps = steps(before, after);
        let old: String =
            steps.iter().map(|step| if let Step::Same(line) | Step::Gone(line) = step { line } else { "" }).collect();
        let new: String =
            steps.iter().map(|step| if let Step::Same(line) | Step::New(line) = step { line } else { "" }).collect();
        assert_eq!((old.as_str(), new.as_str()), (before, after));
    }
}
