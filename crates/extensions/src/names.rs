//! What an extension may be called, so that a name is never a path; knows no extension.

/// Whether a name is lowercase letters and digits with single hyphens between: `my-skill`.
#[must_use]
pub fn is_kebab(name: &str) -> bool {
    !name.is_empty()
        && name.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}
