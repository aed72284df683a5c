//! Patterns for paths: `?` and `*` within a name, `**` across names. Knows no file.

/// Whether a path fits a pattern. Takes time in proportion to both, whatever they are.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let path: Vec<char> = path.trim_start_matches("./").chars().collect();
    let mut pattern = pattern.trim_start_matches("./");
    // The places in the path up to which the pattern fits so far.
    let mut places = vec![false; path.len() + 1];
    places[0] = true;
    while let Some(first) = pattern.chars().next() {
        let (step, length) = match first {
            '*' if pattern.starts_with("**/") => (Step::Folders, 3),
            '*' if pattern.starts_with("**") => (Step::Anything, 2),
            '*' => (Step::Name, 1),
            '?' => (Step::One, 1),
            own => (Step::Own(own), own.len_utf8()),
        };
        places = step.taken(&path, &places);
        pattern = &pattern[length..];
    }
    places[path.len()]
}

#[derive(Clone, Copy)]
enum Step {
    /// Whole folders, or none.
    Folders,
    /// Anything.
    Anything,
    /// A piece of a name.
    Name,
    /// One character of a name.
    One,
    /// This character.
    Own(char),
}

impl Step {
    /// Where the path can stand after this step.
    fn taken(self, path: &[char], before: &[bool]) -> Vec<bool> {
        let mut after = vec![false; before.len()];
        let mut reached = false;
        for place in 0..before.len() {
            let last = place.checked_sub(1).map(|at| path[at]);
            let came = place > 0 && before[place - 1];
            after[place] = match self {
                Self::Folders => before[place] || (reached && last == Some('/')),
                Self::Anything => before[place] || reached,
                Self::Name => {
                    reached &= last != Some('/');
                    before[place] || reached
                }
                Self::One => came && last != Some('/'),
                Self::Own(own) => came && last == Some(own),
            };
            reached |= before[place];
        }
        after
    }
}
