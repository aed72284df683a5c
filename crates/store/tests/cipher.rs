//! Tokens of the original open here, and the other way round.
//!
//! `data/fernet.json` was made by the original, with throw-away keys:
//! `python -c 'from openhands.sdk.utils.cipher import Cipher; print(Cipher(KEY).encrypt(SecretStr(PLAIN)))'`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use domain::{MASK, Secret, Vault};
use serde_json::Value;
use store::{Cipher, NoVault};

fn samples() -> Vec<(String, String, String)> {
    let samples: Vec<Value> = serde_json::from_str(include_str!("data/fernet.json")).unwrap();
    let text = |sample: &Value, key: &str| sample[key].as_str().unwrap().to_owned();
    samples
        .iter()
        .map(|s| (text(s, "key"), text(s, "plain"), text(s, "token")))
        .collect()
}

#[test]
fn tokens_of_the_original_open() {
    for (key, plain, token) in samples() {
        let vault = Cipher::new(&key, &[]);
        assert_eq!(vault.unseal(&token), Some(plain));
    }
}

#[test]
fn what_is_sealed_opens_again_and_never_looks_the_same() {
    let vault = Cipher::new("a key", &[]);
    let once = vault.seal("päss").unwrap();
    let twice = vault.seal("päss").unwrap();
    assert!(once.starts_with(Secret::SEAL));
    assert_ne!(once, twice);
    assert_eq!(vault.unseal(&once).as_deref(), Some("päss"));
    assert_eq!(vault.unseal(&twice).as_deref(), Some("päss"));
}

#[test]
fn older_keys_still_open_and_the_current_one_seals() {
    let (old, plain, token) = samples().remove(2);
    let vault = Cipher::new("the new one", &["another".to_owned(), old.clone()]);
    assert_eq!(vault.unseal(&token), Some(plain.clone()));
    let renewed = vault.seal(&plain).unwrap();
    assert_eq!(Cipher::new(&old, &[]).unseal(&renewed), None);
    assert_eq!(
        Cipher::new("the new one", &[]).unseal(&renewed),
        Some(plain)
    );
}

#[test]
fn a_wrong_key_or_a_changed_token_opens_nothing() {
    let (key, _, token) = samples().remove(0);
    assert_eq!(Cipher::new("wrong", &[]).unseal(&token), None);
    let vault = Cipher::new(&key, &[]);
    let changed = token.replace("ShYW", "ShYX");
    assert_ne!(changed, token);
    assert_eq!(vault.unseal(&changed), None);
    assert_eq!(vault.unseal("gAAAAAnonsense"), None);
    assert_eq!(vault.unseal(""), None);
}

#[test]
fn without_a_key_secrets_are_masked_and_seals_kept() {
    let (_, _, token) = samples().remove(0);
    let none: [&dyn Vault; 2] = [&NoVault, &Cipher::new("  ", &[])];
    for vault in none {
        let plain = Secret::Plain("sk-1".to_owned());
        assert_eq!(plain.sealed(vault), Secret::Plain(MASK.to_owned()));
        let sealed = Secret::Sealed(token.clone());
        assert_eq!(sealed.sealed(vault), sealed);
        assert_eq!(sealed.opened(vault), sealed);
    }
}
