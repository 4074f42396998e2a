//! The routes of what lies under the map by configuration, with their words and shapes.

use domain::wire::ground::{
    BasemapView, ConfiguredBasemap, ImageView, ImageryList, ImageryView, TileKind, TilesView,
};
use serde_json::json;

use super::route::{Group, Route, Who, said};
use super::schemas::Named;
use super::shapes::{count, list, named, number, or_null, sent, text, texts, words_of};
use super::table::look;
use crate::web::{ground, tileset};

pub fn routes() -> Vec<Route> {
    let g = Group::City;
    vec![
        look(
            Route::get("/api/v1/basemap", g, ground::basemap, said(
                "配置的底图（瓦片）；没有配置时为 null，页面只画城市包的图层",
                "The configured basemap of tiles; null where none is, and pages draw the pack's layers alone",
            )),
            named("ConfiguredBasemap"),
            r#"curl "$BASE/api/v1/basemap" -H "Authorization: Bearer $KEY""#,
        ),
        look(
            Route::get("/api/v1/imagery", g, ground::imagery, said(
                "配置的影像，按图层和日期",
                "The configured imagery, by layer and date",
            )),
            named("ImageryList"),
            r#"curl "$BASE/api/v1/imagery" -H "Authorization: Bearer $KEY""#,
        ),
        Route::get("/api/v1/tilesets/{name}", g, ground::tileset, said(
            "本服务器上的瓦片文件（PMTiles 第 3 版）；按 Range 取一段，答 206",
            "A file of tiles on this server (PMTiles version 3); with Range a part of it, answered by 206",
        ))
        .who(Who::Reader)
        .in_path("name", json!({ "type": "string", "examples": ["basemap.pmtiles"] }), said("文件名，见上两项", "its name, as the two above say it"))
        .answers(200, tileset::PMTILES, json!({ "type": "string", "format": "binary" }))
        .refuses(&[401, 403, 404, 416, 503])
        .example(r#"curl "$BASE/api/v1/tilesets/basemap.pmtiles" -H "Authorization: Bearer $KEY" -H 'Range: bytes=0-126' -o head.bin"#),
    ]
}

pub fn schemas() -> Vec<Named> {
    let bounds = json!({ "type": "array", "items": number(), "minItems": 4, "maxItems": 4 });
    vec![
        ("TileKind", words_of::<TileKind>()),
        (
            "Tiles",
            sent::<TilesView>(
                "瓦片从何处取 · where tiles are fetched: by addresses with {z} {x} {y} (or {-y}, counted from the south), or from a file of this server by ranges",
                json!({
                    "addresses": texts(), "tileset": or_null(text()), "kind": named("TileKind"), "min_zoom": count(),
                    "max_zoom": count(), "bounds": or_null(bounds), "layers": texts(),
                }),
            ),
        ),
        (
            "Basemap",
            sent::<BasemapView>(
                "底图 · labels are tiles of names over it",
                json!({ "tiles": named("Tiles"), "labels": or_null(named("Tiles")), "attribution": text() }),
            ),
        ),
        (
            "ConfiguredBasemap",
            sent::<ConfiguredBasemap>(
                "配置的底图 · the configured basemap",
                json!({ "basemap": or_null(named("Basemap")) }),
            ),
        ),
        (
            "Image",
            sent::<ImageView>(
                "某一天的影像 · imagery of one date",
                json!({ "date": { "type": "string", "format": "date" }, "tiles": named("Tiles") }),
            ),
        ),
        (
            "Imagery",
            sent::<ImageryView>(
                "一个影像图层 · a layer of imagery; images stand by date, the oldest first",
                json!({
                    "id": text(), "name": text(), "name_en": text(), "attribution": text(), "images": list(named("Image")),
                }),
            ),
        ),
        (
            "ImageryList",
            sent::<ImageryList>(
                "影像图层 · layers of imagery",
                json!({ "layers": list(named("Imagery")) }),
            ),
        ),
    ]
}
