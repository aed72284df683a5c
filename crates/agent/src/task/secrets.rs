//! The secrets a call may see: those that are known, and those that are fetched when a call names them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use domain::{Clock, Lookup, Secret};

use super::lock;
use super::scribe::Hider;

/// How long a secret that could not be fetched is not asked for again, in microseconds.
const REST: i64 = 60_000_000;

/// The secrets that a call names.
#[derive(Default)]
pub(crate) struct Named {
    pub known: BTreeMap<String, Secret>,
    pub elsewhere: Vec<Wanted>,
}

/// A secret that is kept elsewhere.
pub(crate) struct Wanted {
    pub name: String,
    pub url: String,
    pub headers: BTreeMap<String, Secret>,
}

/// When secrets could not be fetched, and why.
pub(crate) type Failures = Arc<Mutex<HashMap<String, (i64, String)>>>;

/// What it takes to fetch a secret.
pub(crate) struct Fetcher {
    pub lookup: Option<Arc<dyn Lookup>>,
    pub failures: Failures,
    pub clock: Arc<dyn Clock>,
    /// What was fetched appears nowhere.
    pub hider: Hider,
}

impl Fetcher {
    /// All of the secrets that can be had, and a word on each that cannot.
    pub(crate) async fn gather(&self, named: Named) -> (BTreeMap<String, Secret>, Vec<String>) {
        let Named {
            mut known,
            elsewhere,
        } = named;
        let mut missing = Vec::new();
        for wanted in elsewhere {
            match self.fetch(&wanted).await {
                Ok(secret) => {
                    self.hider.hide(secret.expose());
                    known.insert(wanted.name, secret);
                }
                Err(why) => missing.push(format!(
                    "${} was not set for this call, because its value could not be fetched: {why}",
                    wanted.name
                )),
            }
        }
        (known, missing)
    }

    async fn fetch(&self, wanted: &Wanted) -> Result<Secret, String> {
        let now = self.clock.micros();
        let failed = lock(&self.failures).get(&wanted.name).cloned();
        if let Some((_, why)) = failed.filter(|(at, _)| now - at < REST) {
            return Err(why);
        }
        let fetched = match &self.lookup {
            Some(lookup) => lookup.fetch(&wanted.url, &wanted.headers).await,
            None => return Err("this place cannot fetch secrets".to_owned()),
        };
        match fetched {
            Ok(secret) => {
                lock(&self.failures).remove(&wanted.name);
                Ok(secret)
            }
            Err(error) => {
                tracing::warn!(secret = %wanted.name, %error, "a secret could not be fetched");
                let why = error.to_string();
                let failed = (self.clock.micros(), why.clone());
                lock(&self.failures).insert(wanted.name.clone(), failed);
                Err(why)
            }
        }
    }
}
