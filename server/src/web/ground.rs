//! What lies under the map beside the pack's outlines: what pages may fetch, and the files of tiles that this server gives
//! away.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::wire::ground::{ConfiguredBasemap, ImageryList};

use super::Office;
use super::forms::one;
use super::problem::Problem;
use super::tileset::Tileset;

/// Nothing unless it was configured.
#[derive(Default)]
pub struct Ground {
    pub basemap: ConfiguredBasemap,
    pub imagery: ImageryList,
    /// Whom pages with a map may ask beside this server.
    pub origins: Vec<String>,
    pub tilesets: BTreeMap<String, Arc<Tileset>>,
}

impl Ground {
    /// What a page with a map must say under it.
    pub fn attribution(&self) -> Option<&str> {
        let basemap = self.basemap.basemap.as_ref()?;
        Some(&basemap.attribution)
    }
}

pub async fn basemap(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    Ok(one(&headers, &office.ground.basemap))
}

pub async fn imagery(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    Ok(one(&headers, &office.ground.imagery))
}

pub async fn tileset(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    match office.ground.tilesets.get(&name) {
        Some(tileset) => tileset.clone().given(&headers),
        None => Err(Problem::not_found(format!(
            "No file of tiles is configured under the name \"{name}\"."
        ))),
    }
}
