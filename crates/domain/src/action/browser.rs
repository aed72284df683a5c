//! What the agent asks of a browser. Data only.

#![expect(missing_docs, reason = "fields carry the names of the wire")]

use serde::{Deserialize, Serialize};

use crate::json::Map;
use crate::parts::ScrollDirection;

/// `BrowserAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserAction {}

/// `BrowserClickAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserClickAction {
    pub index: i64,
    #[serde(default)]
    pub new_tab: bool,
}

/// `BrowserCloseTabAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserCloseTabAction {
    pub tab_id: String,
}

/// `BrowserGetContentAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserGetContentAction {
    #[serde(default)]
    pub extract_links: bool,
    #[serde(default)]
    pub start_from_char: i64,
}

/// `BrowserGetStateAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserGetStateAction {
    #[serde(default)]
    pub include_screenshot: bool,
}

/// `BrowserGetStorageAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserGetStorageAction {}

/// `BrowserGoBackAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserGoBackAction {}

/// `BrowserListTabsAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserListTabsAction {}

/// `BrowserNavigateAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserNavigateAction {
    pub url: String,
    #[serde(default)]
    pub new_tab: bool,
}

/// `BrowserScrollAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserScrollAction {
    #[serde(default)]
    pub direction: ScrollDirection,
}

/// `BrowserSetStorageAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserSetStorageAction {
    pub storage_state: Map,
}

/// `BrowserStartRecordingAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserStartRecordingAction {}

/// `BrowserStopRecordingAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserStopRecordingAction {}

/// `BrowserSwitchTabAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserSwitchTabAction {
    pub tab_id: String,
}

/// `BrowserTypeAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrowserTypeAction {
    pub index: i64,
    pub text: String,
}
