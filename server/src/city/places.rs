//! `towns.csv`, `villages.csv` and `places.csv`: the register of the city and the names a person may look for.
//! Outlines stand in `boundaries/`.

use domain::city::{NamedPlace, Town, Village};
use domain::ids::JurisdictionCode;
use domain::place::{Bounds, Position};

use super::Pack;
use super::csv_table::{Columns, Row};

pub const TOWNS: &str = "towns.csv";
pub const VILLAGES: &str = "villages.csv";
pub const PLACES: &str = "places.csv";

pub fn towns(pack: &Pack<'_>, bounds: Option<&Bounds>) -> Vec<Town> {
    const COLUMNS: Columns = Columns {
        needed: &["code", "name", "kind", "lon", "lat"],
        optional: &["name_en"],
    };
    let Some(table) = pack.needed_csv(TOWNS, &COLUMNS) else {
        return Vec::new();
    };
    let mut towns: Vec<Town> = Vec::new();
    for row in table.rows() {
        let code: Option<JurisdictionCode> = row.parsed("code");
        let name = row.text("name");
        let kind = row.text("kind");
        let point = optional_point(&row, bounds);
        if let Some(code) = &code
            && towns.iter().any(|town| town.code == *code)
        {
            row.wrong(format!("town {code} is there twice"));
        }
        // The rest is filled in, so that other files which name the town are not blamed.
        if let (Some(code), Some(name)) = (code, name) {
            towns.push(Town {
                code,
                name_en: or_else(row.field("name_en"), &name),
                name,
                kind: kind.unwrap_or_default(),
                point: point.flatten(),
            });
        }
    }
    towns
}

pub fn villages(pack: &Pack<'_>, towns: &[Town]) -> Vec<Village> {
    const COLUMNS: Columns = Columns {
        needed: &["code", "name", "town_code", "kind"],
        optional: &["name_en"],
    };
    let Some(table) = pack.optional_csv(VILLAGES, &COLUMNS) else {
        return Vec::new();
    };
    let mut villages: Vec<Village> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for row in table.rows() {
        let code: Option<JurisdictionCode> = row.parsed("code");
        let name = row.text("name");
        let kind = row.text("kind");
        let town: Option<JurisdictionCode> = row.parsed("town_code");
        if let Some(town) = &town
            && !towns.iter().any(|known| known.code == *town)
        {
            row.wrong(format!("town_code {town} is not in {TOWNS}"));
        }
        if let Some(code) = &code
            && !seen.insert(code.clone())
        {
            row.wrong(format!("village {code} is there twice"));
        }
        if let (Some(code), Some(name), Some(kind), Some(town)) = (code, name, kind, town) {
            villages.push(Village {
                code,
                name,
                town,
                kind,
            });
        }
    }
    villages
}

pub fn named_places(pack: &Pack<'_>) -> Vec<NamedPlace> {
    const COLUMNS: Columns = Columns {
        needed: &["name", "kind", "lon", "lat"],
        optional: &["name_en"],
    };
    let Some(table) = pack.optional_csv(PLACES, &COLUMNS) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    for row in table.rows() {
        let name = row.text("name");
        let kind = row.text("kind");
        let position = point(&row);
        if let (Some(name), Some(kind), Some(position)) = (name, kind, position) {
            places.push(NamedPlace {
                name_en: or_else(row.field("name_en"), &name),
                name,
                kind,
                position,
            });
        }
    }
    places
}

/// A town may have no point: it is then reached by hand only.
fn optional_point(row: &Row<'_>, bounds: Option<&Bounds>) -> Option<Option<Position>> {
    if row.field("lon").is_empty() && row.field("lat").is_empty() {
        return Some(None);
    }
    let point = point(row)?;
    if bounds.is_some_and(|bounds| !bounds.contains(point)) {
        row.wrong("the point lies outside the city's bounds");
    }
    Some(Some(point))
}

fn point(row: &Row<'_>) -> Option<Position> {
    let longitude: Option<f64> = row.parsed("lon");
    let latitude: Option<f64> = row.parsed("lat");
    match Position::from_degrees(longitude?, latitude?) {
        Ok(position) => Some(position),
        Err(error) => {
            row.wrong(error.to_string());
            None
        }
    }
}

/// The English name where there is one.
pub fn or_else(text: &str, otherwise: &str) -> String {
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text.to_owned()
    }
}
