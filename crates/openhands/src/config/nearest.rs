//! What somebody meant to type. Knows no setting.

/// The closest of the known words, if it is at most so many edits away.
pub fn nearest<'k>(
    word: &str,
    known: impl Iterator<Item = &'k str>,
    at_most: usize,
) -> Option<&'k str> {
    known
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= at_most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let change = above[j] + usize::from(a[i] != b[j]);
            let mut best = change.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("model", "model", 0),
            ("modle", "model", 1),
            ("", "abc", 3),
            ("api_kye", "api_key", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), edits, "{a} and {b}");
            assert_eq!(distance(b, a), edits, "{b} and {a}");
        }
    }

    #[test]
    fn only_close_words_are_offered() {
        let known = ["llm.model", "llm.api_key", "run.budget"];
        assert_eq!(
            nearest("llm.modle", known.into_iter(), 3),
            Some("llm.model")
        );
        assert_eq!(nearest("nothing.alike", known.into_iter(), 3), None);
    }
}
