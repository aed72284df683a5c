//! The first start of a place: with a key in the environment its model is ready to use, without one the demo is.

use domain::Map;
use settings::{Desk, SaveProfileRequest};

use crate::demo;
use crate::wiring::House;

/// Saves a first profile of a model, unless there are some already.
pub(super) fn prepare(house: &House, desk: &Desk) {
    let none = desk
        .profiles()
        .is_ok_and(|profiles| profiles.profiles.is_empty());
    if none && let Err(error) = save(house, desk) {
        tracing::warn!(%error, "no first model could be prepared");
    }
}

fn save(house: &House, desk: &Desk) -> Result<(), settings::Error> {
    let (name, llm) = match chosen(house) {
        Some(llm) => ("default", llm),
        None => ("demo", demonstration()),
    };
    desk.save_profile(
        name,
        SaveProfileRequest {
            llm,
            include_secrets: true,
        },
    )?;
    desk.activate_profile(name).map(drop)
}

/// The model that the environment or the settings of the command line have a key for.
fn chosen(house: &House) -> Option<Map> {
    let text = |name: &str| {
        let found = house.config.get(name)?;
        found.value.as_str().map(str::to_owned)
    };
    let model = text("llm.model").filter(|model| model != demo::NAME)?;
    let mut llm = Map::new();
    llm.insert("model".to_owned(), model.clone().into());
    let key = text("llm.api_key").or_else(|| {
        let names = crate::wiring::key_variables(&model);
        names
            .iter()
            .find_map(|name| house.env.get(name).map(str::to_owned))
    });
    llm.insert("api_key".to_owned(), key?.into());
    if let Some(url) = text("llm.base_url") {
        llm.insert("base_url".to_owned(), url.into());
    }
    Some(llm)
}

/// The model that shows what there is without any key; its key only says that none is missing.
fn demonstration() -> Map {
    let told = [("model", demo::NAME), ("api_key", demo::NAME)];
    told.into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}
