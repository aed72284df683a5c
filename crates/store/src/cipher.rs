//! Seals secrets for the disk, in the tokens of the original. Knows no secret's meaning.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use domain::Vault;
use fernet::Fernet;
use sha2::{Digest, Sha256};

/// Fernet with a key made of any text; tokens of older keys still open.
pub struct Cipher {
    /// The current key first.
    keys: Vec<Fernet>,
}

impl Cipher {
    /// Seals with the current key, opens with any. Blank keys do not count; the current one blank means no key at all.
    pub fn new(current: &str, older: &[String]) -> Self {
        let mut texts = vec![current];
        if !is_blank(current) {
            texts.extend(older.iter().map(String::as_str));
        }
        texts.retain(|text| !is_blank(text));
        Self {
            keys: texts.into_iter().filter_map(derive).collect(),
        }
    }
}

fn is_blank(key: &str) -> bool {
    key.trim().is_empty()
}

fn derive(key: &str) -> Option<Fernet> {
    Fernet::new(&URL_SAFE.encode(Sha256::digest(key.as_bytes())))
}

impl Vault for Cipher {
    fn seal(&self, plain: &str) -> Option<String> {
        let current = self.keys.first()?;
        Some(current.encrypt(plain.as_bytes()))
    }

    fn unseal(&self, token: &str) -> Option<String> {
        let plain = self.keys.iter().find_map(|key| key.decrypt(token).ok())?;
        String::from_utf8(plain).ok()
    }
}

/// A vault without a key: secrets are masked on disk, and what others sealed stays sealed.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVault;

impl Vault for NoVault {
    fn seal(&self, _plain: &str) -> Option<String> {
        None
    }

    fn unseal(&self, _token: &str) -> Option<String> {
        None
    }
}
