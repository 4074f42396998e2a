//! What the outside reaches over HTTP. Must hold no decision of its own: it asks, and shows answers.

mod alarm_load;
mod alarms;
mod attachments;
mod audit;
mod back;
mod choice_query;
mod command_body;
pub mod content_security;
mod docs;
mod duty;
mod evaluation;
mod evaluation_cases;
mod evaluation_pages;
mod evaluation_query;
mod evaluation_sheet;
mod field_pages;
mod files;
mod forms;
pub mod forwarded;
mod ground;
mod health;
mod identity;
mod incidents;
mod list_pages;
mod list_query;
mod login;
mod notice_desk;
mod notices;
mod office_pages;
mod orders;
mod overview;
mod packed;
mod pages;
mod passwords;
mod past;
mod past_frames;
mod places;
mod problem;
mod ranges;
mod readings;
mod reporters;
mod seats;
mod service_worker;
mod session_list;
mod sessions;
mod shared_views;
mod shift_report;
pub mod site;
mod suggestions;
mod themes;
mod thing_pages;
mod things;
mod throttle;
mod tileset;
mod upload;
mod wall_pages;
mod wall_token;
mod walls;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;

pub use back::{
    Asked, Back, Blocking, Caller, Counted, DemoLogin, Foreseen, Gathered, IncidentList, Kept,
    Later, ListFault, NotTaken, Page, PastPicture, PastStep, PastSteps, ReadingsAsked,
    ReadingsFound, Stretch, Taken,
};
pub use files::{Files, NotKept};
pub use ground::Ground;
pub use health::install_metrics;
pub use identity::{Identity, Looker};
pub use notice_desk::{NoticeDesk, PageGuard};
pub use passwords::{faults as password_faults, hash_password};
pub use sessions::{KeptSession, SessionKeeper, Sessions, random_token};
pub use tileset::Tileset;
pub use wall_token::wall_token;

/// JSON bodies of people's commands are small.
const LARGEST_BODY: usize = 256 * 1024;

/// Everything the handlers share.
pub struct Office {
    pub back: Arc<dyn Back>,
    pub sessions: Sessions,
    pub throttle: throttle::Throttle,
    /// Who looks at the past at one time.
    pub past: past::Gate,
    /// How often pages tell what they show.
    pub tellers: seats::Tellers,
    /// What walls show.
    pub board: walls::Board,
    /// Who sends files.
    pub uploads: upload::Uploads,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
    pub site: &'static site::Site,
    /// What lies under the map by configuration.
    pub ground: Ground,
    /// The connection itself is encrypted, so cookies always say `Secure`.
    pub tls: bool,
}

impl Office {
    pub fn new(
        back: Arc<dyn Back>,
        sessions: Sessions,
        metrics: metrics_exporter_prometheus::PrometheusHandle,
        site: &'static site::Site,
        ground: Ground,
        tls: bool,
    ) -> Self {
        Self {
            back,
            sessions,
            throttle: throttle::Throttle::default(),
            past: past::Gate::default(),
            tellers: seats::Tellers::default(),
            board: walls::Board::default(),
            uploads: upload::Uploads::default(),
            metrics,
            site,
            ground,
            tls,
        }
    }
}

/// Every route but the feeds' door and the live stream. A new one is added to the table in docs/table.rs, with its words.
pub fn routes(office: Arc<Office>) -> Router {
    // Pages are rendered as streams on tokio; set already where a test starts a second server in one process.
    let _known = any_spawner::Executor::init_tokio();
    docs::served()
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::middleware::from_fn(problem::said_as_problem))
        .with_state(office)
}
