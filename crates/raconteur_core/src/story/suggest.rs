//! "Did you mean": the nearest of the names that exist.

/// `did you mean 'mara'?` for the candidate that is nearest to `name`, if one is near enough to be a slip of the hand:
/// at most a third of its letters (and at least one) inserted, deleted, replaced or swapped with a neighbour, or its end
/// cut off.
#[must_use]
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean '{candidate}'?"))
}

/// The candidate that [`did_you_mean`] names. Of equally near ones the first in the alphabet, so that the answer does
/// not depend on the order of a hash table.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .filter(|candidate| !candidate.is_empty() && *candidate != name)
        .filter_map(|candidate| {
            let far = candidate.len().abs_diff(name.len()) > limit * 4;
            let distance = match () {
                () if begins(name, candidate) => 1,
                () if far => usize::MAX,
                () => distance(name, candidate),
            };
            (distance <= limit).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether one is cut short from the other, such as `form` from `format`.
fn begins(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() < right.len() { (left, right) } else { (right, left) };
    short.len() >= 3 && short.len() * 2 >= long.len() && long.starts_with(short)
}

/// Edit distance with swaps of neighbours (optimal string alignment), ignoring case.
fn distance(left: &str, right: &str) -> usize {
    // Ids are short; a long one is cut, so that a hostile story cannot make this quadratic step expensive.
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).take(64).collect::<Vec<_>>();
    let (left, right) = (letters(left), letters(right));
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, &a) in left.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, &b) in right.iter().enumerate() {
            let mut best = (last[column] + usize::from(a != b)).min(last[column + 1] + 1).min(now[column] + 1);
            if row > 0 && column > 0 && a == right[column - 1] && left[row - 1] == b {
                best = best.min(before[column - 1] + 1);
            }
            now.push(best);
        }
        before = last;
        last = now;
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits_and_swaps() {
        assert_eq!(distance("tower", "tower"), 0);
        assert_eq!(distance("towr", "tower"), 1);
        assert_eq!(distance("frod", "ford"), 1);
        assert_eq!(distance("", "ab"), 2);
        assert_eq!(distance("Mara", "mara"), 0);
    }

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(nearest("mra", ["odo", "mara"]), Some("mara"));
        assert_eq!(nearest("form", ["id", "format"]), Some("format"));
        assert_eq!(nearest("lighthouse", ["odo", "mara"]), None);
        assert_eq!(nearest("ab", ["az", "aa"]), Some("aa"));
    }
}
