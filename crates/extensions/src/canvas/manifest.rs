//! What a canvas extension says of itself, and which of it is believed; knows no folder.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fetch::is_below;
use crate::names::is_kebab;

/// What a canvas extension says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CanvasExtensionManifest {
    /// The version of this form: 1.
    pub schema_version: i64,
    /// What it is called: lowercase, with hyphens.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// Its version.
    pub version: String,
    /// What it is good for.
    #[serde(default)]
    pub description: String,
    /// The file that the user interface loads, relative to its folder.
    pub entrypoint: String,
    /// What it adds.
    #[serde(default)]
    #[schemars(skip_serializing_if = "omitted")]
    pub contributes: CanvasExtensionContributes,
    /// A service of its own, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<CanvasExtensionBackend>,
    /// Its picture, an SVG, relative to its folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

/// For the document only: a manifest may leave it out, and an answer tells it all the same.
fn omitted<T>(_: &T) -> bool {
    true
}

/// What an extension adds to the user interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CanvasExtensionContributes {
    /// Its pages.
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<CanvasExtensionPage>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CanvasExtensionPage {
    /// What it is called among its pages.
    pub id: String,
    /// What people see.
    pub title: String,
    /// Where it is, such as `/dashboard`.
    pub path: String,
}

/// A service of an extension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CanvasExtensionBackend {
    /// The version of this form: 1.
    #[schemars(extend("const" = 1))]
    pub schema_version: i64,
    /// What is unpacked, for each platform.
    #[schemars(extend(
        "propertyNames" = { "enum": ["linux-amd64", "linux-arm64"] },
        "minProperties" = 1
    ))]
    pub artifacts: BTreeMap<BackendPlatform, CanvasExtensionBackendArtifact>,
    /// What is run.
    #[schemars(length(min = 1))]
    pub argv: Vec<String>,
    /// How it is found to be up.
    #[serde(default)]
    #[schemars(skip_serializing_if = "omitted")]
    pub health: CanvasExtensionBackendHealth,
    /// What it sees of the environment.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub inherit_environment: Vec<String>,
}

/// A platform that services are built for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum BackendPlatform {
    /// Linux on x86.
    LinuxAmd64,
    /// Linux on ARM.
    LinuxArm64,
}

/// What is unpacked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CanvasExtensionBackendArtifact {
    /// Where it is in the extension.
    #[serde(default)]
    #[schemars(required, !default)]
    pub path: String,
    /// Where it is on the web.
    #[serde(default)]
    pub url: Option<String>,
    /// Its checksum.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// How many folders are left out of its paths.
    #[serde(default)]
    #[schemars(range(min = 0, max = 16))]
    pub strip_components: i64,
}

/// How a service is found to be up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CanvasExtensionBackendHealth {
    /// What is asked.
    #[schemars(regex(pattern = "^/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$"))]
    pub path: String,
    /// How long it may take to come up.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 300.0))]
    pub timeout_seconds: f64,
    /// How often it is asked.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 10.0))]
    pub interval_seconds: f64,
}

impl Default for CanvasExtensionBackendHealth {
    fn default() -> Self {
        Self {
            path: "/health".to_owned(),
            timeout_seconds: 30.0,
            interval_seconds: 0.1,
        }
    }
}

impl CanvasExtensionManifest {
    /// Reads and checks a manifest. A picture that is none is passed over, everything else must be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let is_svg = |icon: &Value| icon.as_str().is_some_and(|icon| icon.ends_with(".svg"));
        if let Some(map) = value.as_object_mut()
            && !map.get("icon").is_none_or(is_svg)
        {
            map.shift_remove("icon");
        }
        let manifest: Self = serde_json::from_value(value).map_err(|e| e.to_string())?;
        manifest.checked()?;
        Ok(manifest)
    }

    fn checked(&self) -> Result<(), String> {
        if self.schema_version != 1 {
            return Err("`schema_version` must be 1".to_owned());
        }
        if !is_kebab(&self.name) {
            return Err(format!("`{}` is no name for an extension", self.name));
        }
        if self.entrypoint.is_empty() || !is_below(&self.entrypoint) {
            return Err("`entrypoint` must be a path within the extension".to_owned());
        }
        let mut ids = HashSet::new();
        let mut paths = HashSet::new();
        for page in &self.contributes.pages {
            if !is_kebab(&page.id) || !is_route(&page.path) {
                return Err(format!("the page `{}` has no good id and path", page.id));
            }
            if !ids.insert(&page.id) || !paths.insert(&page.path) {
                return Err(format!("the page `{}` is there twice", page.id));
            }
        }
        self.backend
            .as_ref()
            .map_or(Ok(()), CanvasExtensionBackend::checked)
    }
}

fn is_route(path: &str) -> bool {
    path.strip_prefix('/')
        .is_some_and(|path| path.split('/').all(is_kebab))
}

impl CanvasExtensionBackend {
    fn checked(&self) -> Result<(), String> {
        let (Some(program), 1) = (self.argv.first(), self.schema_version) else {
            return Err("a backend has `schema_version` 1 and an `argv`".to_owned());
        };
        if self.artifacts.is_empty() {
            return Err("a backend has `artifacts`".to_owned());
        }
        if !program.contains("{artifact_dir}") {
            return Err("a backend's program lies in `{artifact_dir}`".to_owned());
        }
        if !self.argv.iter().all(|word| is_argument(word)) {
            return Err("a word of `argv` is empty or has an unknown place".to_owned());
        }
        let seen = ["LANG", "LC_ALL", "LC_CTYPE", "PATH", "TMPDIR", "TZ"];
        let mut names = HashSet::new();
        let seen = |name: &String| seen.contains(&name.as_str());
        if !self
            .inherit_environment
            .iter()
            .all(|name| seen(name) && names.insert(name))
        {
            return Err("`inherit_environment` names what a backend may not see".to_owned());
        }
        self.health.checked()?;
        self.artifacts
            .values()
            .try_for_each(CanvasExtensionBackendArtifact::checked)
    }
}

/// Whether a word has only places that can be filled in.
fn is_argument(word: &str) -> bool {
    let mut rest = word;
    while let Some(at) = rest.find('{') {
        rest = &rest[at + 1..];
        if let Some(end) = rest.find(['{', '}'])
            && end > 0
            && rest[end..].starts_with('}')
            && !["port", "data_dir", "artifact_dir"].contains(&&rest[..end])
        {
            return false;
        }
    }
    !word.is_empty() && !word.contains('\0')
}

impl CanvasExtensionBackendHealth {
    fn checked(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._~!$&'()*+,;=:@%/-".contains(c);
        let path = self
            .path
            .strip_prefix('/')
            .is_some_and(|path| path.chars().all(plain));
        let timed = self.timeout_seconds > 0.0
            && self.timeout_seconds <= 300.0
            && self.interval_seconds > 0.0
            && self.interval_seconds <= 10.0;
        if path && timed {
            Ok(())
        } else {
            Err("`health` has a path, up to 300 seconds, and up to 10 between".to_owned())
        }
    }
}

impl CanvasExtensionBackendArtifact {
    fn checked(&self) -> Result<(), String> {
        let sum = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if self.sha256.len() != 64 || !self.sha256.bytes().all(sum) {
            return Err("`sha256` is no checksum".to_owned());
        }
        if !(0..=16).contains(&self.strip_components) {
            return Err("`strip_components` is from 0 to 16".to_owned());
        }
        match &self.url {
            Some(_) if !self.path.is_empty() => Err("an artifact has a path or a url".to_owned()),
            None if self.path.is_empty() => Err("an artifact has a path or a url".to_owned()),
            None if !is_below(&self.path) || !self.path.ends_with(".tar.gz") => {
                Err("`path` is a .tar.gz within the extension".to_owned())
            }
            None if self.strip_components > 0 => {
                Err("`strip_components` is for what comes from the web".to_owned())
            }
            Some(url) if !is_download(url) => Err(
                "`url` is an https address of a .tar.gz, without a name and password".to_owned(),
            ),
            Some(_) | None => Ok(()),
        }
    }
}

fn is_download(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    let path = rest.split('?').next().unwrap_or_default();
    !host.is_empty() && !host.contains('@') && !url.contains('#') && path.ends_with(".tar.gz")
}
