//! `boundaries/*.geojson`: the outlines of the city, its towns, villages and grids. An outline that crosses
//! itself or is not closed is refused: who answers for a place hangs on it.

use std::collections::BTreeSet;

use domain::area::{Area, Containment};
use domain::city::{Level, Outline, Town};
use domain::ids::JurisdictionCode;
use domain::place::{Bounds, Position};
use serde::Deserialize;
use serde_json::Value;

use super::Pack;
use super::files::boundary_file;
use super::places;

const LEVELS: [Level; 4] = [Level::City, Level::Town, Level::Village, Level::Grid];
/// Dongguan has 2,934 grids.
const MOST_FEATURES: usize = 100_000;

#[derive(Deserialize)]
struct Collection {
    #[serde(rename = "type")]
    kind: String,
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    properties: Value,
    #[serde(default)]
    geometry: Value,
}

/// All outlines, level by level, in the order of the files.
pub fn outlines(pack: &Pack<'_>, bounds: Option<&Bounds>) -> Vec<Outline> {
    let mut outlines = Vec::new();
    for level in LEVELS {
        let file = boundary_file(level);
        let Some(bytes) = pack.files.get(file) else {
            continue;
        };
        let Some(collection) = collection(pack, file, bytes) else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for (index, feature) in collection.features.iter().enumerate() {
            let shown = Shown {
                pack,
                file,
                name: feature_name(index, feature),
            };
            let Some(outline) = outline(&shown, level, feature) else {
                continue;
            };
            if !seen.insert(outline.code.clone()) {
                shown.wrong(format!("code {} has two outlines", outline.code));
            }
            if bounds.is_some_and(|bounds| bounds.joined(outline.area.bounds()) != *bounds) {
                shown.wrong("reaches beyond the city's bounds".to_owned());
            }
            outlines.push(outline);
        }
    }
    outlines
}

/// Towns and outlines must speak of the same places.
pub fn compare_with_towns(pack: &Pack<'_>, outlines: &[Outline], towns: &[Town]) {
    let file = boundary_file(Level::Town);
    let of_towns: Vec<&Outline> = outlines
        .iter()
        .filter(|outline| outline.level == Level::Town)
        .collect();
    for outline in &of_towns {
        if !towns.iter().any(|town| town.code == outline.code) {
            let reason = format!(
                "{} ({}): the code is not in towns.csv",
                outline.name, outline.code
            );
            pack.findings.error(file, None, reason);
        }
    }
    for town in towns {
        let Some(outline) = of_towns.iter().find(|outline| outline.code == town.code) else {
            let reason = format!(
                "{} ({}) has no outline: it is reached by hand only",
                town.name, town.code
            );
            pack.findings.note(places::TOWNS, None, reason);
            continue;
        };
        let outside = town
            .point
            .is_some_and(|point| outline.area.contains(point) == Containment::Outside);
        if outside {
            let reason = format!(
                "the point of {} ({}) lies outside its outline",
                town.name, town.code
            );
            pack.findings.warning(places::TOWNS, None, reason);
        }
    }
}

/// The basemap is shown and never decided with: it must be GeoJSON, no more.
pub fn check_basemap(pack: &Pack<'_>) {
    for file in pack.files.under("basemap/", ".geojson") {
        if let Some(bytes) = pack.files.get(file) {
            collection(pack, file, bytes);
        }
    }
}

fn collection(pack: &Pack<'_>, file: &str, bytes: &[u8]) -> Option<Collection> {
    let collection: Collection = match serde_json::from_slice(bytes) {
        Ok(collection) => collection,
        Err(error) => {
            let reason = format!("is not a GeoJSON FeatureCollection: {error}");
            pack.findings.error(file, Some(error.line() as u64), reason);
            return None;
        }
    };
    if collection.kind != "FeatureCollection" {
        let reason = format!("type is \"{}\", not FeatureCollection", collection.kind);
        pack.findings.error(file, None, reason);
        return None;
    }
    if collection.features.len() > MOST_FEATURES {
        pack.findings.error(
            file,
            None,
            format!("has more than {MOST_FEATURES} features"),
        );
        return None;
    }
    Some(collection)
}

/// One feature, as mistakes speak of it.
struct Shown<'a> {
    pack: &'a Pack<'a>,
    file: &'a str,
    name: String,
}

impl Shown<'_> {
    fn wrong(&self, reason: impl Into<String>) {
        let reason: String = reason.into();
        self.pack
            .findings
            .error(self.file, None, format!("{}: {reason}", self.name));
    }
}

fn feature_name(index: usize, feature: &Feature) -> String {
    let of = |key: &str| feature.properties.get(key).and_then(Value::as_str);
    match of("name").or_else(|| of("code")) {
        Some(name) => format!("feature {} ({name})", index + 1),
        None => format!("feature {}", index + 1),
    }
}

fn outline(shown: &Shown<'_>, level: Level, feature: &Feature) -> Option<Outline> {
    let code = text(shown, feature, "code").and_then(|code| {
        code.parse::<JurisdictionCode>()
            .map_err(|error| shown.wrong(format!("code: {error}")))
            .ok()
    });
    let name = text(shown, feature, "name");
    let area = area(&feature.geometry)
        .map_err(|reason| shown.wrong(reason))
        .ok();
    let label = match feature.properties.get("label") {
        None | Some(Value::Null) => area.as_ref().map(Area::centroid_inside),
        Some(label) => position(label)
            .map_err(|reason| shown.wrong(format!("label: {reason}")))
            .ok(),
    };
    let schematic = match feature.properties.get("schematic") {
        None | Some(Value::Null) => Some(false),
        Some(Value::Bool(schematic)) => Some(*schematic),
        Some(_) => {
            shown.wrong("schematic is neither true nor false");
            None
        }
    };
    let name = name?;
    let name_en = feature
        .properties
        .get("name_en")
        .and_then(Value::as_str)
        .unwrap_or(&name)
        .to_owned();
    Some(Outline {
        level,
        code: code?,
        name,
        name_en,
        label: label?,
        schematic: schematic?,
        area: area?,
    })
}

fn text(shown: &Shown<'_>, feature: &Feature, key: &str) -> Option<String> {
    let text = feature
        .properties
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty());
    if text.is_none() {
        shown.wrong(format!("property {key} is missing or not a text"));
    }
    text.map(str::to_owned)
}

fn area(geometry: &Value) -> Result<Area, String> {
    let coordinates = geometry.get("coordinates").cloned().unwrap_or_default();
    let polygons: Vec<Vec<Vec<Vec<f64>>>> = match geometry.get("type").and_then(Value::as_str) {
        Some("Polygon") => vec![serde_json::from_value(coordinates).map_err(not_numbers)?],
        Some("MultiPolygon") => serde_json::from_value(coordinates).map_err(not_numbers)?,
        Some(other) => {
            return Err(format!(
                "geometry {other} is neither Polygon nor MultiPolygon"
            ));
        }
        None => return Err("there is no geometry".to_owned()),
    };
    let mut plane = Vec::with_capacity(polygons.len());
    for polygon in &polygons {
        let mut rings = Vec::with_capacity(polygon.len());
        for ring in polygon {
            let ring: Result<Vec<[f64; 2]>, String> =
                ring.iter().map(|corner| pair(corner)).collect();
            rings.push(ring?);
        }
        plane.push(rings);
    }
    Area::from_coordinates(&plane).map_err(|error| error.to_string())
}

fn not_numbers(error: serde_json::Error) -> String {
    format!("coordinates are not lists of positions: {error}")
}

/// GeoJSON allows a height behind the two; it says nothing to us.
fn pair(corner: &[f64]) -> Result<[f64; 2], String> {
    match corner {
        [longitude, latitude] | [longitude, latitude, _] => Ok([*longitude, *latitude]),
        _ => Err(format!(
            "a position has two coordinates, not {}",
            corner.len()
        )),
    }
}

fn position(value: &Value) -> Result<Position, String> {
    let numbers: Vec<f64> =
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let [longitude, latitude] = pair(&numbers)?;
    Position::from_degrees(longitude, latitude).map_err(|error| error.to_string())
}
