//! Differences that are meant, each with its reason: `pattern => reason`, where `*` stands for anything.

pub struct Explained(Vec<String>);

impl Explained {
    pub fn read(text: &str) -> Self {
        let rows = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(
            rows.map(|row| {
                let (pattern, reason) = row
                    .split_once(" => ")
                    .unwrap_or_else(|| panic!("no reason: {row}"));
                assert!(reason.len() > 10, "no reason: {row}");
                pattern.to_owned()
            })
            .collect(),
        )
    }

    /// The differences that no pattern explains, and the patterns that explain nothing.
    pub fn against(&self, differences: &[String]) -> (Vec<String>, Vec<String>) {
        let open = differences
            .iter()
            .filter(|one| !self.0.iter().any(|pattern| matches(pattern, one)));
        let idle = self
            .0
            .iter()
            .filter(|pattern| !differences.iter().any(|one| matches(pattern, one)));
        (open.cloned().collect(), idle.cloned().collect())
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| matches(after, &rest[at..]))
        }),
    }
}

#[test]
fn stars_stand_for_anything() {
    assert!(matches("a*c*", "abc"));
    assert!(matches("*", ""));
    assert!(!matches("a*c", "abd"));
    let explained = Explained::read("# note\nx * => because of this\ny => because of that\n");
    let differences = ["x 1".to_owned(), "z".to_owned()];
    assert_eq!(
        explained.against(&differences),
        (vec!["z".to_owned()], vec!["y".to_owned()])
    );
}
