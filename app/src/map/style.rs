//! The basemap's style as data: made of the theme's tokens and the city pack's own GeoJSON, nothing from elsewhere.
//! Pure.

use domain::language::Language;
use serde_json::{Value, json};

/// The tokens the basemap is drawn with, as CSS colours.
#[derive(Clone, PartialEq, Debug)]
pub struct Ground {
    pub land: String,
    pub water: String,
    pub boundary: String,
    pub panel: String,
    pub text: String,
    pub secondary: String,
    pub faint: String,
}

/// `scale` is that of the page's type, so that a wall reads its labels too.
/// `towns` and `city` are GeoJSON collections. There are no glyphs in the style: the browser's own fonts draw.
pub fn style(
    ground: &Ground,
    language: Language,
    scale: f64,
    towns: &Value,
    city: &Value,
) -> Value {
    let name = match language {
        Language::Zh => "name",
        Language::En => "name_en",
    };
    let basemap =
        |name: &str| json!({"type": "geojson", "data": format!("/api/v1/basemap/{name}.geojson")});
    json!({
        "version": 8,
        "sources": {
            "land": basemap("land"),
            "sea": basemap("sea"),
            "water": basemap("water"),
            "rivers": basemap("rivers"),
            "metro": basemap("metro"),
            "towns": {"type": "geojson", "data": towns},
            "town-labels": {"type": "geojson", "data": label_points(towns)},
            "city": {"type": "geojson", "data": city},
        },
        "layers": [
            {"id": "water-all", "type": "background", "paint": {"background-color": ground.water}},
            {"id": "land", "type": "fill", "source": "land", "paint": {"fill-color": ground.land, "fill-antialias": true}},
            {"id": "city", "type": "fill", "source": "city", "paint": {"fill-color": ground.panel, "fill-opacity": 0.65}},
            {"id": "sea", "type": "fill", "source": "sea", "paint": {"fill-color": ground.water}},
            {"id": "water", "type": "fill", "source": "water", "paint": {"fill-color": ground.water}},
            {"id": "rivers", "type": "line", "source": "rivers", "paint": {
                "line-color": ground.water, "line-width": ["interpolate", ["linear"], ["zoom"], 8, scale, 14, 5.0 * scale]}},
            {"id": "metro", "type": "line", "source": "metro", "minzoom": 10.5, "paint": {
                "line-color": ground.faint, "line-opacity": 0.45,
                "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.75 * scale, 15, 2.5 * scale]}},
            {"id": "towns", "type": "line", "source": "towns", "paint": {
                "line-color": ground.boundary, "line-width": 0.75 * scale, "line-dasharray": [4, 2]}},
            {"id": "city-line", "type": "line", "source": "city", "paint": {
                "line-color": ground.boundary, "line-width": 1.5 * scale}},
            {"id": "town-labels", "type": "symbol", "source": "town-labels", "minzoom": 9,
                "layout": {
                    "text-field": ["coalesce", ["get", name], ["get", "name"]],
                    "text-font": ["sans-serif"],
                    "text-size": ["interpolate", ["linear"], ["zoom"], 9, 11.0 * scale, 13, 15.0 * scale],
                    "text-padding": 6},
                "paint": {
                    "text-color": ground.secondary, "text-halo-color": ground.land, "text-halo-width": 1.5 * scale,
                    "text-opacity": ["interpolate", ["linear"], ["zoom"], 13, 1, 15, 0.5]}},
        ],
    })
}

/// The places where the outlines' names stand, from their property `label`.
pub fn label_points(outlines: &Value) -> Value {
    let features: Vec<Value> = outlines["features"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|feature| feature["properties"]["label"].is_array())
        .map(|feature| {
            json!({
                "type": "Feature",
                "properties": {
                    "name": feature["properties"]["name"],
                    "name_en": feature["properties"]["name_en"],
                },
                "geometry": {"type": "Point", "coordinates": feature["properties"]["label"]},
            })
        })
        .collect();
    json!({"type": "FeatureCollection", "features": features})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn towns() -> Value {
        json!({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"name": "虎门镇", "name_en": "Humen", "label": [113.67, 22.81]},
             "geometry": {"type": "Polygon", "coordinates": []}},
            {"type": "Feature", "properties": {"name": "无名"}, "geometry": null},
        ]})
    }

    #[test]
    fn names_stand_where_the_outline_says() {
        let labels = label_points(&towns());
        assert_eq!(labels["features"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            labels["features"][0]["geometry"]["coordinates"],
            json!([113.67, 22.81])
        );
    }

    #[test]
    fn the_style_asks_nobody_but_us() {
        let ground = Ground {
            land: "#111111".into(),
            water: "#222222".into(),
            boundary: "#333333".into(),
            panel: "#444444".into(),
            text: "#555555".into(),
            secondary: "#666666".into(),
            faint: "#777777".into(),
        };
        let style = style(
            &ground,
            Language::En,
            1.0,
            &towns(),
            &json!({"type": "FeatureCollection", "features": []}),
        );
        assert!(style.get("glyphs").is_none() && style.get("sprite").is_none());
        assert!(!style.to_string().contains("http"));
        assert!(style.to_string().contains("name_en"));
    }
}
