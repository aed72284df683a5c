//! Values that must not be shown. Knows no cipher: sealing is done by whoever stores.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Fut;

/// What stands in for a secret wherever one is shown.
pub const MASK: &str = "**********";

/// A secret: masked by `Debug` and `Serialize` unless it is sealed.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The value itself; serialises as the mask.
    Plain(String),
    /// A ciphertext (a Fernet token); serialises as it is.
    Sealed(String),
}

impl Secret {
    /// How every sealed value starts.
    pub const SEAL: &'static str = "gAAAAA";

    /// The value, for the one who is about to use it; `None` while sealed or masked.
    pub fn expose(&self) -> Option<&str> {
        match self {
            Self::Plain(text) if text != MASK => Some(text),
            Self::Plain(_) | Self::Sealed(_) => None,
        }
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        if text.starts_with(Self::SEAL) {
            Self::Sealed(text.to_owned())
        } else {
            Self::Plain(text.to_owned())
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(_) => serializer.serialize_str(MASK),
            Self::Sealed(token) => serializer.serialize_str(token),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(deserializer)?.as_str()))
    }
}

/// Seals secrets for the disk and opens them again.
pub trait Vault: Send + Sync {
    /// A token that only this vault opens; nothing if it has no key.
    fn seal(&self, plain: &str) -> Option<String>;
    /// What was sealed; nothing if no key fits.
    fn unseal(&self, token: &str) -> Option<String>;
}

impl Secret {
    /// As it may be written to disk: sealed if the vault can, masked otherwise.
    pub fn sealed(&self, vault: &dyn Vault) -> Self {
        match self {
            Self::Plain(text) if text != MASK => vault
                .seal(text)
                .map_or_else(|| Self::Plain(MASK.to_owned()), Self::Sealed),
            Self::Plain(_) | Self::Sealed(_) => self.clone(),
        }
    }

    /// As it may be used: opened if the vault can.
    pub fn opened(&self, vault: &dyn Vault) -> Self {
        match self {
            Self::Sealed(token) => vault
                .unseal(token)
                .map_or_else(|| self.clone(), Self::Plain),
            Self::Plain(_) => self.clone(),
        }
    }
}

/// Fetches secrets that are kept elsewhere, when they are used.
pub trait Lookup: Send + Sync {
    /// The value at an address. Refuses addresses that a conversation has no business with.
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        headers: &'a BTreeMap<String, Secret>,
    ) -> Fut<'a, Result<Secret, LookupError>>;
}

/// A secret that could not be fetched: why, and what to do, without its value or its headers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LookupError(pub String);
