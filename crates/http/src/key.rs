//! The keys that open a face, compared in constant time. Knows no header.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The keys that open a face; none means that it is open to everybody.
#[derive(Clone, Default)]
pub struct Keys {
    digests: Vec<[u8; 32]>,
}

impl Keys {
    /// These keys; empty ones open nothing and are left out.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let digests = keys
            .into_iter()
            .filter(|key| !key.is_empty())
            .map(digest)
            .collect();
        Self { digests }
    }

    /// Whether no key is needed.
    pub fn open(&self) -> bool {
        self.digests.is_empty()
    }

    /// Whether that key opens the face. Takes as long for a near miss as for a far one.
    pub fn opens(&self, key: &str) -> bool {
        let given = digest(key);
        let found = self
            .digests
            .iter()
            .fold(subtle::Choice::from(0), |found, digest| {
                found | digest.ct_eq(&given)
            });
        found.into()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.digests.len())
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
