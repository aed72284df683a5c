//! How profiles may be called. Knows no profile.

/// The pattern of names, as clients know it.
pub const PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

/// Whether something may be called so.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=64).contains(&name.len())
        && name.chars().all(plain)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// The name something is kept under: `foo.json` is `foo`.
pub(crate) fn stem(name: &str) -> &str {
    name.strip_suffix(".json").unwrap_or(name)
}
