//! Brings the map to the imagery a person chose, and keeps to it. The list is asked for once, when somebody wants it.

use domain::wire::ground::{ImageryList, TileKind, TilesView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::imagery_choice::{Imagery, tiles_shown};
use super::state::Tools;
use crate::json::Json;
use crate::requests;

#[wasm_bindgen(raw_module = "./tools.js")]
extern "C" {
    #[wasm_bindgen(js_name = showImagery)]
    fn show_imagery(map: &JsValue, wanted: &str);
}

/// What imagery there is.
#[derive(Clone, PartialEq, Debug)]
pub enum Listed {
    NotAsked,
    OnItsWay,
    There(ImageryList),
    Failed,
}

/// Asks for the list unless it is there or on its way.
pub fn ask(tools: Tools) {
    let asked = tools
        .imagery_list
        .with_untracked(|list| matches!(list, Listed::OnItsWay | Listed::There(_)));
    if asked {
        return;
    }
    tools.imagery_list.set(Listed::OnItsWay);
    spawn_local(async move {
        tools.imagery_list.try_set(match requests::imagery().await {
            Ok(list) => Listed::There(list),
            Err(_) => Listed::Failed,
        });
    });
}

/// Call from an effect of what lives as long as the map.
pub fn follow_imagery(tools: Tools) {
    let asked_by_link = tools
        .map
        .link
        .with_value(|link| Imagery::read(&link.imagery));
    if asked_by_link.is_some() {
        tools.imagery.set(asked_by_link);
        ask(tools);
    }
    let wanted = Memo::new(move |_| {
        let shown = tools.imagery_shown.get();
        tools.imagery_list.with(|list| match (list, shown) {
            (Listed::There(list), Some(shown)) => written(list, &shown),
            _ => NOTHING.to_owned(),
        })
    });
    Effect::new(move |_| {
        let wanted = wanted.get();
        if tools.map.is_open.get() {
            tools
                .map
                .with_renderer(|renderer| renderer.with_map(|map| show_imagery(map, &wanted)));
        }
    });
}

const NOTHING: &str = "{}";

/// `Wanted` of frontend/modules/imagery.js. A date that is not there leaves the other one alone on the map.
fn written(list: &ImageryList, chosen: &Imagery) -> String {
    let Some((left, right)) = tiles_shown(list, chosen) else {
        return NOTHING.to_owned();
    };
    let mut members = vec![
        ("left", of_tiles(left)),
        ("opacity", Json::Count(u64::from(chosen.opacity))),
    ];
    if let (Some(other), Some(right)) = (&chosen.compared, right) {
        members.push(("right", of_tiles(right)));
        members.push(("divider", Json::Count(u64::from(other.divider))));
    }
    Json::Object(members).text()
}

fn of_tiles(tiles: &TilesView) -> Json {
    let texts = |texts: &[String]| Json::List(texts.iter().cloned().map(Json::from).collect());
    let kind = match tiles.kind {
        TileKind::Raster => "raster",
        TileKind::Vector => "vector",
    };
    let mut members = vec![
        ("addresses", texts(&tiles.addresses)),
        ("kind", Json::from(kind)),
        ("min_zoom", Json::Count(u64::from(tiles.min_zoom))),
        ("max_zoom", Json::Count(u64::from(tiles.max_zoom))),
        ("layers", texts(&tiles.layers)),
    ];
    if let Some(tileset) = &tiles.tileset {
        members.push(("tileset", Json::from(tileset.clone())));
    }
    if let Some(bounds) = tiles.bounds {
        members.push(("bounds", Json::numbers(&bounds.degrees())));
    }
    Json::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::tools::imagery_choice::tests::layer;

    #[test]
    fn what_the_map_is_told_is_what_it_reads() {
        let list = ImageryList {
            layers: vec![layer(&["2026-03-01", "2026-10-01"])],
        };
        let told = |chosen: &str| -> serde_json::Value {
            let chosen = Imagery::read(chosen).expect("a choice");
            serde_json::from_str(&written(&list, &chosen)).expect("JSON")
        };
        let both = told("sat:2026-03-01:70:2026-10-01:35");
        assert_eq!(
            (&both["opacity"], &both["divider"]),
            (&70.into(), &35.into())
        );
        let address = &both["left"]["addresses"][0];
        assert_eq!(address, "https://i.example/2026-03-01/{z}/{x}/{y}");
        assert_eq!(both["right"]["max_zoom"], 18);
        assert!(told("sat:2026-03-01:70:2026-09-09:35")["right"].is_null());
        assert!(told("sat:2026-09-09:70")["left"].is_null());
    }
}
