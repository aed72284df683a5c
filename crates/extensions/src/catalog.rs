//! What the face asks of this room: every answer is made on a thread that may wait for disks and networks.

use std::collections::HashSet;
use std::sync::Arc;

use domain::Clock;
use tokio::task::spawn_blocking;

use crate::canvas::{self, BackendLogs, BackendStatus, InstalledCanvasExtensionResponse, Served};
use crate::error::ExtensionError;
use crate::git::Git;
use crate::hooks::{self, HooksRequest, HooksResponse};
use crate::installed::{Installation, Installed, Kind, Order};
use crate::marketplace::{
    MarketplaceRegistration, PluginsMarketplaceCatalogResponse, Public,
    SkillsMarketplaceCatalogResponse,
};
use crate::places::Places;
use crate::plugin::{
    self, FetchFault, FetchPluginRequest, FetchPluginResponse, FetchProblem,
    InstalledPluginResponse, Plugin, PluginInfo, PluginsRequest, PluginsResponse,
};
use crate::skills::{
    self, Found, SkillCatalogEntry, SkillCatalogResponse, SkillOrigin, SkillsRequest, SyncResponse,
    SyncStatus,
};
use crate::source;
use crate::sub_agent::{self, SubAgentsRequest, SubAgentsResponse};

/// The extensions of the person who owns this place.
#[derive(Clone)]
pub struct Extensions(Arc<Inner>);

struct Inner {
    places: Places,
    registered: Vec<MarketplaceRegistration>,
    git: Arc<dyn Git>,
    clock: Arc<dyn Clock>,
    public: Public,
}

type Answer<T> = Result<T, ExtensionError>;

impl Extensions {
    /// Extensions in these places; marketplaces that the configuration registers are looked in by every request.
    #[must_use]
    pub fn new(
        places: Places,
        registered: Vec<MarketplaceRegistration>,
        git: Arc<dyn Git>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner {
            places,
            registered,
            git,
            clock,
            public: Public::default(),
        }))
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let inner = self.0.clone();
        let done = spawn_blocking(move || work(&inner)).await;
        done.unwrap_or_else(|error| Err(ExtensionError::Missing(format!("it broke down: {error}"))))
    }

    /// The skills that a request asks for, with all that is known of them.
    pub async fn skills(&self, mut request: SkillsRequest) -> Answer<Found> {
        self.on_thread(move |inner| {
            let mut registered = inner.registered.clone();
            for one in std::mem::take(&mut request.registered_marketplaces) {
                match registered.iter_mut().find(|known| known.name == one.name) {
                    Some(known) => *known = one,
                    None => registered.push(one),
                }
            }
            request.registered_marketplaces = registered;
            Ok(inner.all_skills(&request))
        })
        .await
    }

    /// The skills that an agent profile can choose from: the public ones and the person's own.
    pub async fn skill_catalog(&self) -> Answer<SkillCatalogResponse> {
        self.on_thread(|inner| {
            let request = SkillsRequest {
                load_org: false,
                load_project: false,
                ..SkillsRequest::default()
            };
            let own = skills::user(&inner.places);
            let own: HashSet<&str> = own.iter().map(|skill| skill.name.as_str()).collect();
            let entry = |skill: &crate::Skill| SkillCatalogEntry {
                skill: skill.info(),
                origin: match own.contains(skill.name.as_str()) {
                    true => SkillOrigin::User,
                    false => SkillOrigin::Public,
                },
            };
            let found = inner.all_skills(&request).skills;
            Ok(SkillCatalogResponse {
                skills: found.iter().map(entry).collect(),
            })
        })
        .await
    }

    /// Fetches the public extensions anew.
    pub async fn sync(&self) -> Answer<SyncResponse> {
        self.on_thread(|inner| {
            Ok(match inner.public.sync(&inner.places, &*inner.git) {
                Ok(()) => SyncResponse {
                    status: SyncStatus::Success,
                    message: "Skills repository synced successfully".to_owned(),
                },
                Err(error) => {
                    tracing::warn!(%error, "the public extensions were not fetched");
                    SyncResponse {
                        status: SyncStatus::Error,
                        message: "Failed to sync skills repository".to_owned(),
                    }
                }
            })
        })
        .await
    }

    /// The public skills that can be installed.
    pub async fn skills_marketplace(&self) -> Answer<SkillsMarketplaceCatalogResponse> {
        self.on_thread(|inner| {
            let installed = inner.names(Kind::Skill)?;
            let skills = inner
                .public
                .skill_catalog(&installed, &inner.places, &*inner.git);
            Ok(SkillsMarketplaceCatalogResponse { skills })
        })
        .await
    }

    /// The public plugins that can be installed.
    pub async fn plugins_marketplace(&self) -> Answer<PluginsMarketplaceCatalogResponse> {
        self.on_thread(|inner| {
            let installed = inner.names(Kind::Plugin)?;
            let plugins = inner
                .public
                .plugin_catalog(&installed, &inner.places, &*inner.git);
            Ok(PluginsMarketplaceCatalogResponse { plugins })
        })
        .await
    }

    /// The hooks of a workspace.
    pub async fn hooks(&self, request: HooksRequest) -> Answer<HooksResponse> {
        self.on_thread(move |_| Ok(hooks::of_workspace(&request)))
            .await
    }

    /// Whom an agent can hand work to; `browser` says whether there is one for those who need it.
    pub async fn sub_agents(
        &self,
        request: SubAgentsRequest,
        browser: bool,
    ) -> Answer<SubAgentsResponse> {
        self.on_thread(move |inner| Ok(sub_agent::all(&request, &inner.places, browser)))
            .await
    }

    /// The plugins that lie ready, with all that is known of them.
    pub async fn ready_plugins(&self, request: PluginsRequest) -> Answer<Vec<Plugin>> {
        self.on_thread(move |inner| Ok(plugin::available(&request, &inner.places)))
            .await
    }

    /// The plugins that lie ready, as a client sees them.
    pub async fn plugins(&self, request: PluginsRequest) -> Answer<PluginsResponse> {
        self.on_thread(move |inner| {
            let shown = |plugin: Plugin| {
                let (skills, files) = plugin.contents();
                PluginInfo {
                    path: source::spelled(&plugin.path),
                    name: plugin.manifest.name,
                    version: plugin.manifest.version,
                    description: plugin.manifest.description,
                    skills,
                    files,
                }
            };
            let plugins = plugin::available(&request, &inner.places);
            Ok(PluginsResponse {
                plugins: plugins.into_iter().map(shown).collect(),
            })
        })
        .await
    }

    /// Fetches a plugin to look at it, without installing it.
    pub async fn fetch_plugin(
        &self,
        request: FetchPluginRequest,
    ) -> Result<FetchPluginResponse, FetchFault> {
        let done = self
            .on_thread(move |inner| Ok(plugin::fetch(&request, &inner.places, &*inner.git)))
            .await;
        done.unwrap_or_else(|error| {
            Err(FetchFault {
                problem: FetchProblem::SourceUnavailable,
                message: error.to_string(),
            })
        })
    }

    /// Installs an extension.
    pub async fn install(&self, kind: Kind, order: Order) -> Answer<Installation> {
        self.on_thread(move |inner| {
            let installed = Installed::of(kind, &inner.places);
            let info = installed.install(&order, &*inner.git, &inner.now())?;
            if kind == Kind::Canvas {
                canvas::forgotten(&info.name, &inner.places)?;
            }
            Ok(info)
        })
        .await
    }

    /// Fetches an installed extension again from where it is from.
    pub async fn refresh(&self, kind: Kind, name: String) -> Answer<Installation> {
        self.on_thread(move |inner| {
            let installed = Installed::of(kind, &inner.places);
            installed.refresh(&name, &*inner.git, &inner.now())
        })
        .await
    }

    /// What is installed.
    pub async fn installed(&self, kind: Kind) -> Answer<Vec<Installation>> {
        self.on_thread(move |inner| Installed::of(kind, &inner.places).list(&inner.now()))
            .await
    }

    /// One that is installed.
    pub async fn one(&self, kind: Kind, name: String) -> Answer<Installation> {
        self.on_thread(move |inner| Installed::of(kind, &inner.places).get(&name))
            .await
    }

    /// Switches an installed extension on or off.
    pub async fn switch(&self, kind: Kind, name: String, on: bool) -> Answer<()> {
        self.on_thread(move |inner| {
            Installed::of(kind, &inner.places).switch(&name, on, &inner.now())
        })
        .await
    }

    /// Removes an installed extension.
    pub async fn uninstall(&self, kind: Kind, name: String) -> Answer<()> {
        self.on_thread(move |inner| Installed::of(kind, &inner.places).uninstall(&name))
            .await
    }

    /// Installed plugins with what is in them, as a client sees them.
    pub async fn plugin_contents(
        &self,
        installations: Vec<Installation>,
    ) -> Answer<Vec<InstalledPluginResponse>> {
        self.on_thread(move |inner| {
            let shown = |info: Installation| {
                let folder = std::path::PathBuf::from(&info.install_path);
                let contents = plugin::load(&folder, None, &inner.places)
                    .inspect_err(|error| tracing::warn!(%error, "an installed plugin is not read"))
                    .ok()
                    .map(|plugin| plugin.contents());
                InstalledPluginResponse::of(info, contents)
            };
            Ok(installations.into_iter().map(shown).collect())
        })
        .await
    }

    /// Installed canvas extensions with their manifests, as a client sees them.
    pub async fn canvas_manifests(
        &self,
        installations: Vec<Installation>,
    ) -> Answer<Vec<InstalledCanvasExtensionResponse>> {
        self.on_thread(move |inner| {
            let shown = |info| canvas::shown(info, &inner.places);
            Ok(installations.into_iter().map(shown).collect())
        })
        .await
    }

    /// The bundle of a canvas extension.
    pub async fn canvas_bundle(&self, name: String) -> Answer<Option<Served>> {
        self.on_thread(move |inner| Ok(canvas::bundle(&name, &inner.places)))
            .await
    }

    /// The picture of a canvas extension.
    pub async fn canvas_icon(&self, name: String) -> Answer<Option<Served>> {
        self.on_thread(move |inner| Ok(canvas::icon(&name, &inner.places)))
            .await
    }

    /// How the service of a canvas extension is.
    pub async fn backend(&self, name: String) -> Answer<BackendStatus> {
        self.on_thread(move |inner| Ok(canvas::status(&name, &inner.places)))
            .await
    }

    /// Prepares the service of a canvas extension.
    pub async fn prepare_backend(&self, name: String, revision: String) -> Answer<BackendStatus> {
        self.on_thread(move |inner| canvas::prepared(&name, &revision, &inner.places))
            .await
    }

    /// Starts the service of a canvas extension.
    pub async fn start_backend(&self, name: String, revision: String) -> Answer<BackendStatus> {
        self.on_thread(move |inner| canvas::started(&name, &revision, &inner.places))
            .await
    }

    /// Deletes what the service of a canvas extension keeps.
    pub async fn delete_backend_data(&self, name: String) -> Answer<BackendStatus> {
        self.on_thread(move |inner| canvas::deleted(&name, &inner.places))
            .await
    }

    /// What the service of a canvas extension printed: nothing, as none runs.
    #[must_use]
    pub fn backend_logs(&self, name: String) -> BackendLogs {
        BackendLogs {
            name,
            logs: String::new(),
            truncated: false,
        }
    }
}

impl Inner {
    fn all_skills(&self, request: &SkillsRequest) -> Found {
        skills::all(request, &self.places, &*self.git, &self.public)
    }

    fn names(&self, kind: Kind) -> Answer<HashSet<String>> {
        let installed = Installed::of(kind, &self.places).list(&self.now())?;
        Ok(installed.into_iter().map(|info| info.name).collect())
    }

    /// Now, in UTC, as records keep it.
    fn now(&self) -> String {
        let now = jiff::Timestamp::from_microsecond(self.clock.micros()).unwrap_or_default();
        now.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
    }
}
