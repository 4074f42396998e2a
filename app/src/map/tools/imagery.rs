//! Brings the map to the imagery a person chose, and keeps to it. The list is asked for once, when somebody wants it.

use domain::wire::ground::{ImageryList, TileKind, TilesView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::imagery_choice::tiles_of;
use super::state::Tools;
use crate::json::Json;
use crate::requests;

#[wasm_bindgen(raw_module = "./imagery.js")]
extern "C" {
    #[wasm_bindgen(js_name = showImagery)]
    fn show_imagery(
        map: &JsValue,
        wanted: JsValue,
        say: &Closure<dyn FnMut(bool)>,
    ) -> js_sys::Promise;
    #[wasm_bindgen(js_name = placeDivider)]
    fn place_divider(map: &JsValue, percent: f64);
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
    let say = Closure::<dyn FnMut(bool)>::new(move |reached| {
        tools.imagery_reached.try_set(reached);
    });
    let say = StoredValue::new_local(say);
    let asked_by_link = tools.map.link.with_value(|link| link.imagery.clone());
    if asked_by_link.is_some() {
        tools.imagery.set(asked_by_link);
        ask(tools);
    }
    // What the divider does not change.
    let wanted = Memo::new(move |_| {
        let chosen = tools.imagery.get();
        tools.imagery_list.with(|list| match (list, chosen) {
            (Listed::There(list), Some(chosen)) => {
                let left = tiles_of(list, &chosen.layer, &chosen.date);
                let right = chosen.compared.as_ref();
                let right = right.and_then(|other| tiles_of(list, &chosen.layer, &other.date));
                written(left, right, chosen.opacity)
            }
            _ => written(None, None, 100),
        })
    });
    Effect::new(move |_| {
        let wanted = wanted.get();
        if !tools.map.is_open.get() {
            return;
        }
        tools.imagery_reached.set(true);
        let Ok(wanted) = js_sys::JSON::parse(&wanted) else {
            return;
        };
        tools.map.with_renderer(|renderer| {
            renderer.with_map(|map| {
                say.with_value(|say| {
                    // What it could not do it says by `say`, or in the console.
                    let _ = show_imagery(map, wanted, say);
                });
            })
        });
    });
    Effect::new(move |_| {
        let divider = tools.imagery.with(|chosen| {
            let compared = chosen.as_ref()?.compared.as_ref()?;
            Some(f64::from(compared.divider))
        });
        if let Some(divider) = divider {
            tools
                .map
                .with_renderer(|renderer| renderer.with_map(|map| place_divider(map, divider)));
        }
    });
}

/// `Wanted` of frontend/modules/imagery.js.
fn written(left: Option<&TilesView>, right: Option<&TilesView>, opacity: u8) -> String {
    // A date that is not there leaves the other one alone on the map.
    let right = left.and(right);
    let side = |tiles: Option<&TilesView>| {
        tiles.map_or_else(|| "null".to_owned(), |tiles| of_tiles(tiles).text())
    };
    format!(
        "{{\"left\":{},\"right\":{},\"opacity\":{opacity}}}",
        side(left),
        side(right)
    )
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
        let layer = layer(&["2026-03-01", "2026-10-01"]);
        let [one, other] = [0, 1].map(|at| layer.images.get(at).map(|image| &image.tiles));
        let told: serde_json::Value = serde_json::from_str(&written(one, other, 70)).expect("JSON");
        assert_eq!(told["opacity"], 70);
        assert_eq!(
            told["left"]["addresses"][0],
            "https://i.example/2026-03-01/{z}/{x}/{y}"
        );
        assert_eq!(told["right"]["max_zoom"], 18);
        assert!(told["left"]["tileset"].is_null() && told["left"]["bounds"].is_null());
        let told: serde_json::Value =
            serde_json::from_str(&written(None, other, 100)).expect("JSON");
        assert!(told["left"].is_null() && told["right"].is_null());
    }
}
