//! Patterns of paths as a `paths:` rule writes them; knows no file.

/// Whether a path fits: `**` crosses folders, `*` and `?` do not, and a pattern without `/` fits at any depth.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let anywhere = !pattern.contains('/');
    let parts = parts(pattern, anywhere);
    let path: Vec<char> = path.chars().collect();
    matches(&parts, &path)
}

enum Part {
    /// Whole folders, none included.
    Folders,
    /// Anything, slashes included.
    Anything,
    /// Anything within one name.
    Name,
    /// One character of a name.
    One,
    /// This very character.
    Just(char),
}

fn parts(pattern: &str, anywhere: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    if anywhere {
        parts.push(Part::Folders);
    }
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (part, length) = if rest.starts_with("**/") {
            (Part::Folders, 3)
        } else if rest.starts_with("**") {
            (Part::Anything, 2)
        } else {
            match first {
                '*' => (Part::Name, 1),
                '?' => (Part::One, 1),
                other => (Part::Just(other), other.len_utf8()),
            }
        };
        parts.push(part);
        rest = &rest[length..];
    }
    parts
}

/// Which places of the path each part can have reached; no pattern makes this slow.
fn matches(parts: &[Part], path: &[char]) -> bool {
    let mut here = vec![false; path.len() + 1];
    here[0] = true;
    for part in parts {
        here = stepped(part, path, &here);
    }
    here.last().copied().unwrap_or_default()
}

fn stepped(part: &Part, path: &[char], here: &[bool]) -> Vec<bool> {
    let mut next = vec![false; here.len()];
    let mut open = false;
    for at in 0..here.len() {
        let before = at.checked_sub(1).and_then(|i| path.get(i)).copied();
        let came = at.checked_sub(1).and_then(|i| here.get(i)).copied();
        let came = came.unwrap_or_default();
        next[at] = match part {
            Part::Just(wanted) => came && before == Some(*wanted),
            Part::One => came && before.is_some_and(|c| c != '/'),
            Part::Name => {
                open = here[at] || (open && before.is_some_and(|c| c != '/'));
                open
            }
            Part::Anything => {
                open |= here[at];
                open
            }
            Part::Folders => {
                let crossed = open && before == Some('/');
                open |= here[at];
                here[at] || crossed
            }
        };
    }
    next
}
