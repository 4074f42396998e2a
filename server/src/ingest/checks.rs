//! The rules of the contract for single members, shared by our own items and by features. Each says where and why.

use std::collections::BTreeMap;

use domain::area::Area;
use domain::category::{CategoryCode, Severity};
use domain::city::{City, FeedDefinition};
use domain::crs::Crs;
use domain::ids::IdError;
use domain::place::Position;
use domain::time::Timestamp;

use super::fault::{Fault, escaped};
use super::json::Json;

/// Bytes of a text (API.md).
pub const LONGEST_TEXT: usize = 64 * 1024;
/// Attributes an observation may carry, and bytes of one.
pub const MOST_ATTRIBUTES: usize = 64;
pub const LONGEST_ATTRIBUTE: usize = 4 * 1024;
/// Letters of a unit of measurement, a unit's status or a person's name.
pub const LONGEST_WORD: usize = 200;
/// 1990-01-01T00:00:00Z.
const EARLIEST: Timestamp = Timestamp::from_millis(631_152_000_000);
/// How far a sender's clock may be ahead of ours.
const AHEAD_MINUTES: i64 = 5;
/// Half the Earth's circumference in metres: no place is known worse than that.
const WORST_ACCURACY_M: f64 = 20_037_508.0;

/// Text, or nothing where the member is absent.
pub fn text<'v>(value: &'v Json<'_>, pointer: &str) -> Result<Option<&'v str>, Fault> {
    match value {
        Json::Null => Ok(None),
        Json::Text(text) => Ok(Some(text)),
        other => Err(wrong_type(pointer, "text", other)),
    }
}

pub fn wrong_type(pointer: &str, wanted: &str, given: &Json<'_>) -> Fault {
    Fault::new(
        pointer,
        format_args!("must be {wanted}, not {}", given.type_name()),
    )
}

/// Any of the ids of `domain::ids`, needed because of something.
pub fn id<T>(
    value: &Json<'_>,
    pointer: &str,
    made: fn(&str) -> Result<T, IdError>,
    because: &str,
) -> Result<T, Fault> {
    optional_id(value, pointer, made)?.ok_or_else(|| Fault::missing(pointer, because))
}

pub fn optional_id<T>(
    value: &Json<'_>,
    pointer: &str,
    made: fn(&str) -> Result<T, IdError>,
) -> Result<Option<T>, Fault> {
    text(value, pointer)?
        .map(|text| made(text).map_err(|reason| Fault::new(pointer, reason)))
        .transpose()
}

/// A long text; nothing where it is absent or blank.
pub fn long_text<'v>(value: &'v Json<'_>, pointer: &str) -> Result<Option<&'v str>, Fault> {
    let Some(text) = text(value, pointer)? else {
        return Ok(None);
    };
    if text.len() > LONGEST_TEXT {
        let reason = format!("has {} bytes; at most {LONGEST_TEXT} are taken", text.len());
        return Err(Fault::new(pointer, reason));
    }
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// A short text: a unit of measurement, a status, a name.
pub fn word<'v>(value: &'v Json<'_>, pointer: &str) -> Result<Option<&'v str>, Fault> {
    let Some(text) = text(value, pointer)? else {
        return Ok(None);
    };
    if text.chars().count() > LONGEST_WORD {
        return Err(Fault::new(
            pointer,
            format_args!("is longer than {LONGEST_WORD} characters"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::new(pointer, "contains a control character"));
    }
    Ok(Some(text))
}

pub fn flag(value: &Json<'_>, pointer: &str) -> Result<bool, Fault> {
    match value {
        Json::Null => Ok(false),
        Json::Bool(flag) => Ok(*flag),
        other => Err(wrong_type(pointer, "true or false", other)),
    }
}

pub fn number(value: &Json<'_>, pointer: &str) -> Result<Option<f64>, Fault> {
    if *value == Json::Null {
        return Ok(None);
    }
    let number = value
        .number()
        .ok_or_else(|| wrong_type(pointer, "a number", value))?;
    if !number.is_finite() {
        return Err(Fault::new(pointer, "must be a finite number"));
    }
    Ok(Some(number))
}

/// Absent is version 0, below every version a sender may name.
pub fn version(value: &Json<'_>, pointer: &str) -> Result<u32, Fault> {
    if *value == Json::Null {
        return Ok(0);
    }
    let whole = value
        .whole()
        .ok_or_else(|| wrong_type(pointer, "a whole number", value))?;
    u32::try_from(whole)
        .map_err(|_| Fault::new(pointer, format_args!("{whole} is outside 0..{}", u32::MAX)))
}

pub fn severity(value: &Json<'_>, pointer: &str) -> Result<Option<Severity>, Fault> {
    if *value == Json::Null {
        return Ok(None);
    }
    let whole = value
        .whole()
        .ok_or_else(|| wrong_type(pointer, "a whole number from 1 to 4", value))?;
    let refused = || {
        Fault::new(
            pointer,
            format_args!("severity {whole} is not one of 1 (highest) to 4 (lowest)"),
        )
    };
    let level = u8::try_from(whole).map_err(|_| refused())?;
    Severity::try_from(level).map(Some).map_err(|_| refused())
}

pub fn time(value: &Json<'_>, pointer: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    let text = text(value, pointer)?.ok_or_else(|| Fault::missing(pointer, "for every item"))?;
    let time = Timestamp::parse_rfc3339(text).map_err(|reason| Fault::new(pointer, reason))?;
    time_in_range(time, pointer, now)
}

pub fn time_in_range(time: Timestamp, pointer: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    if time < EARLIEST {
        let reason = format!("{} is before 1990", time.to_rfc3339_utc());
        return Err(Fault::new(pointer, reason));
    }
    if time > now.plus_minutes(AHEAD_MINUTES) {
        let reason = format!(
            "{} is more than {AHEAD_MINUTES} minutes ahead of the server's clock, {}",
            time.to_rfc3339_utc(),
            now.to_rfc3339_utc()
        );
        return Err(Fault::new(pointer, reason));
    }
    Ok(time)
}

pub fn crs(value: &Json<'_>, pointer: &str) -> Result<Crs, Fault> {
    match text(value, pointer)? {
        None => Ok(Crs::Wgs84),
        Some(text) => text.parse().map_err(|reason| Fault::new(pointer, reason)),
    }
}

/// Rounded up, so that the thing is still within the radius.
pub fn accuracy_m(value: &Json<'_>, pointer: &str) -> Result<Option<u32>, Fault> {
    let Some(metres) = number(value, pointer)? else {
        return Ok(None);
    };
    if metres < 0.0 {
        return Err(Fault::new(pointer, format_args!("{metres} is below 0")));
    }
    Ok(Some(metres.ceil().min(WORST_ACCURACY_M) as u32))
}

/// `[longitude, latitude]`; GeoJSON may add a height, which is left out.
pub fn position(
    value: &Json<'_>,
    pointer: &str,
    crs: Crs,
    most_coordinates: usize,
) -> Result<Option<Position>, Fault> {
    if *value == Json::Null {
        return Ok(None);
    }
    let [longitude, latitude] =
        coordinates(value, most_coordinates).map_err(|reason| Fault::new(pointer, reason))?;
    let (longitude, latitude) = crs.to_wgs84(longitude, latitude);
    Position::from_degrees(longitude, latitude)
        .map(Some)
        .map_err(|reason| Fault::new(pointer, reason))
}

fn coordinates(value: &Json<'_>, most: usize) -> Result<[f64; 2], String> {
    let Json::List(list) = value else {
        return Err(format!(
            "must be a list [longitude, latitude], not {}",
            value.type_name()
        ));
    };
    if list.len() < 2 || list.len() > most {
        return Err(format!(
            "has {} coordinates; 2 are needed: [longitude, latitude]",
            list.len()
        ));
    }
    for (value, axis) in list.iter().zip(["longitude", "latitude", "height"]) {
        if value.number().is_none() {
            return Err(format!(
                "{axis} must be a number, not {}",
                value.type_name()
            ));
        }
    }
    let axis = |at: usize| list[at].number().unwrap_or(f64::NAN);
    Ok([axis(0), axis(1)])
}

/// A GeoJSON Polygon or MultiPolygon.
pub fn area(value: &Json<'_>, pointer: &str, crs: Crs) -> Result<Option<Area>, Fault> {
    match value {
        Json::Null => return Ok(None),
        Json::Object(_) => {}
        other => return Err(wrong_type(pointer, "a GeoJSON geometry", other)),
    }
    let kind = text(value.member("type"), &format!("{pointer}/type"))?.unwrap_or_default();
    let list = value.member("coordinates");
    let read = match kind {
        "Polygon" => polygon(list, crs).map(|polygon| vec![polygon]),
        "MultiPolygon" => each(list, |part| polygon(part, crs)),
        _ => {
            let reason = format_args!("\"{kind}\" is not Polygon or MultiPolygon");
            return Err(Fault::new(format!("{pointer}/type"), reason));
        }
    };
    let polygons = read.map_err(|reason| Fault::new(format!("{pointer}/coordinates"), reason))?;
    Area::from_coordinates(&polygons)
        .map(Some)
        .map_err(|reason| Fault::new(pointer, reason))
}

fn polygon(value: &Json<'_>, crs: Crs) -> Result<Vec<Vec<[f64; 2]>>, String> {
    each(value, |ring| {
        each(ring, |corner| {
            let [longitude, latitude] = coordinates(corner, 3)?;
            Ok(crs.to_wgs84(longitude, latitude).into())
        })
    })
}

fn each<T>(
    value: &Json<'_>,
    read: impl Fn(&Json<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let Json::List(list) = value else {
        return Err(format!(
            "must nest lists of positions, not {}",
            value.type_name()
        ));
    };
    list.iter().map(read).collect()
}

/// What the city calls it.
#[derive(Clone, PartialEq, Debug)]
pub enum CategoryFound {
    Absent,
    Known(CategoryCode),
    /// Unknown here; the feed's definition wants a person to look. Holds what the source said.
    Tray(String),
}

pub fn category(
    value: &Json<'_>,
    pointer: &str,
    city: &City,
    feed: Option<&FeedDefinition>,
) -> Result<CategoryFound, Fault> {
    let Some(said) = text(value, pointer)? else {
        return Ok(CategoryFound::Absent);
    };
    match known_category(said, city) {
        Ok(code) => Ok(CategoryFound::Known(code)),
        Err(_) if feed.is_some_and(|feed| feed.otherwise == "tray") => Ok(CategoryFound::Tray(
            said.chars().take(LONGEST_WORD).collect(),
        )),
        Err(reason) => Err(Fault::new(pointer, reason)),
    }
}

pub fn known_category(said: &str, city: &City) -> Result<CategoryCode, String> {
    let code: CategoryCode = said.parse().map_err(|reason: IdError| reason.to_string())?;
    if city.category(code).is_none() {
        return Err(format!("category {code} is not in this city's table"));
    }
    Ok(code)
}

/// Names and values as text; lists and objects as compact JSON, null as nothing. Those in `aside` are left out.
pub fn attributes(
    value: &Json<'_>,
    pointer: &str,
    aside: &[&str],
) -> Result<BTreeMap<String, String>, Fault> {
    let members = match value {
        Json::Null => return Ok(BTreeMap::new()),
        Json::Object(members) => members,
        other => return Err(wrong_type(pointer, "an object", other)),
    };
    if members.len() > MOST_ATTRIBUTES {
        let reason = format!(
            "has {} members; at most {MOST_ATTRIBUTES} are kept",
            members.len()
        );
        return Err(Fault::new(pointer, reason));
    }
    let mut attributes = BTreeMap::new();
    for (name, value) in members {
        if aside.contains(&name.as_ref()) {
            continue;
        }
        attribute(&mut attributes, name, value).map_err(|reason| {
            let name: String = name.chars().take(60).collect();
            Fault::new(format!("{pointer}/{}", escaped(&name)), reason)
        })?;
    }
    Ok(attributes)
}

/// Adds one attribute, or says why not.
pub fn attribute(
    into: &mut BTreeMap<String, String>,
    name: &str,
    value: &Json<'_>,
) -> Result<(), String> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_WORD || name.chars().any(char::is_control) {
        return Err("the name has 1 to 200 characters, none of them a control character".into());
    }
    if into.contains_key(name) {
        return Err("is given twice".into());
    }
    let Some(words) = value.as_words() else {
        return Ok(());
    };
    if words.len() > LONGEST_ATTRIBUTE {
        return Err(format!(
            "has {} bytes; at most {LONGEST_ATTRIBUTE} are kept",
            words.len()
        ));
    }
    into.insert(name.to_owned(), words.into_owned());
    Ok(())
}
