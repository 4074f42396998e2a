//! What lies under the map beside the city pack's own outlines: a basemap of tiles, and imagery by date. Only what a
//! page must know to fetch them; where there is none, the pack's ground is all.

use serde::{Deserialize, Serialize};

use crate::place::Bounds;

/// What a tile is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TileKind {
    /// A picture.
    Raster,
    /// Lines and areas (Mapbox Vector Tile).
    Vector,
}

/// Where tiles are fetched: addresses with `{z}`, `{x}` and `{y}` (or `{-y}`, counted from the south), one for each host;
/// or a file of this server (PMTiles, by ranges). One of the two is there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TilesView {
    pub addresses: Vec<String>,
    /// The path on this server.
    pub tileset: Option<String>,
    pub kind: TileKind,
    pub min_zoom: u8,
    /// Nearer than this the last tiles are drawn larger.
    pub max_zoom: u8,
    /// None: everywhere.
    pub bounds: Option<Bounds>,
    /// Of vector tiles, by their names.
    pub layers: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BasemapView {
    pub tiles: TilesView,
    /// Names, to be drawn over the tiles; then the pack's own are not shown twice.
    pub labels: Option<TilesView>,
    pub attribution: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ConfiguredBasemap {
    pub basemap: Option<BasemapView>,
}

/// One date of a layer of imagery.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ImageView {
    /// `2026-11-23`.
    pub date: String,
    pub tiles: TilesView,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ImageryView {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub attribution: String,
    /// By date, the oldest first; at least one.
    pub images: Vec<ImageView>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ImageryList {
    pub layers: Vec<ImageryView>,
}
