//! One GeoJSON feature of a foreign feed becomes an observation, as the city pack's definition maps it.
//! Knows no feed by name: what is special about one stands in its definition.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::category::{CategoryCode, Severity};
use domain::city::{City, FeedDefinition, FeedMap, ValueMap};
use domain::ids::{ObservationId, SourceId, ThingId};
use domain::observation::{Body, Fingerprint, Motion, Observation};
use domain::time::Timestamp;

use super::checks;
use super::fault::{Fault, escaped};
use super::fingerprint;
use super::item::Standing;
use super::json::Json;

/// The source written on a definition's observations: its first name without a star.
pub fn source_of(feed: &FeedDefinition) -> Option<SourceId> {
    feed.sources
        .iter()
        .find(|name| !name.contains('*'))
        .and_then(|name| SourceId::new(name).ok())
}

pub fn observation(
    feature: &Json<'_>,
    source: SourceId,
    feed: &FeedDefinition,
    map: &FeedMap,
    standing: &Standing<'_>,
) -> Result<Observation, Fault> {
    if *feature.member("type") != Json::Text(Cow::Borrowed("Feature")) {
        return Err(Fault::new("/type", "must be \"Feature\""));
    }
    let id = id(feature, map)?;
    let time = time(feature, map, standing.now)?;
    let version = version(feature, map)?;
    let (position, area) = place(feature.member("geometry"))?;
    let accuracy_m = match &map.accuracy_m {
        Some(path) => checks::accuracy_m(feature.at_path(path), &pointer_of(path))?,
        None => None,
    };
    let mut attributes = attributes(feature, map)?;
    let category = category(feature, feed, map, standing.city, &mut attributes)?;
    let severity = severity(feature, &map.severity)?;
    let text = map
        .text
        .as_deref()
        .map(|form| filled(feature, form))
        .transpose()?
        .unwrap_or_default();
    let thing = match &map.thing {
        Some(path) => checks::optional_id(feature.at_path(path), &pointer_of(path), ThingId::new)?,
        None => None,
    };
    let has_place = position.is_some() || area.is_some();
    let body = body(
        feed,
        Mapped {
            category,
            severity,
            text,
            thing,
        },
        position.is_some(),
        has_place,
    )?;
    let mut observation = Observation {
        source,
        id,
        version,
        fingerprint: Fingerprint {
            identity: 0,
            content: 0,
        },
        time,
        position,
        area,
        accuracy_m,
        body,
        drill: false,
        backfill: feed.backfill,
        reporter: None,
        attributes,
    };
    observation.fingerprint = fingerprint::of(&observation);
    Ok(observation)
}

struct Mapped {
    category: Option<CategoryCode>,
    severity: Option<Severity>,
    text: String,
    thing: Option<ThingId>,
}

fn body(
    feed: &FeedDefinition,
    mapped: Mapped,
    has_position: bool,
    has_place: bool,
) -> Result<Body, Fault> {
    let Mapped {
        category,
        severity,
        text,
        thing,
    } = mapped;
    match (feed.kind.as_str(), category) {
        ("alarm", Some(category)) if has_place || thing.is_some() => Ok(Body::Alarm {
            thing,
            category,
            severity,
            text,
        }),
        ("alarm", Some(_)) => Err(Fault::missing("/geometry", "for an alarm")),
        // An alarm without a category the city knows is left to a person, as a report.
        ("report" | "alarm", category) if category.is_some() || !text.trim().is_empty() => {
            Ok(Body::Report {
                text,
                category,
                severity,
            })
        }
        ("report" | "alarm", _) => Err(Fault::new("", "maps to neither a text nor a category")),
        ("position", _) if !has_position => Err(Fault::missing("/geometry", "for a position")),
        ("position", _) => {
            let thing = thing.ok_or_else(|| Fault::missing("/id", "to name what moves"))?;
            let motion = Motion::default();
            Ok(Body::Position { thing, motion })
        }
        (kind, _) => Err(Fault::new(
            "",
            format_args!("the definition's kind \"{kind}\" cannot come as GeoJSON"),
        )),
    }
}

/// `properties.time` as `/properties/time`.
fn pointer_of(path: &str) -> String {
    let mut pointer = String::new();
    for name in path.split('.') {
        pointer.push('/');
        pointer.push_str(&escaped(name));
    }
    pointer
}

fn id(feature: &Json<'_>, map: &FeedMap) -> Result<ObservationId, Fault> {
    let pointer = pointer_of(&map.id);
    match feature.at_path(&map.id) {
        // GeoJSON allows a number for an id.
        Json::Whole(number) => {
            ObservationId::new(&number.to_string()).map_err(|reason| Fault::new(pointer, reason))
        }
        value => checks::id(value, &pointer, ObservationId::new, "for every feature"),
    }
}

fn time(feature: &Json<'_>, map: &FeedMap, now: Timestamp) -> Result<Timestamp, Fault> {
    let (value, pointer) = (feature.at_path(&map.time), pointer_of(&map.time));
    if map.time_format != "unix_ms" {
        return checks::time(value, &pointer, now);
    }
    let millis = whole_millis(value, &pointer)?;
    checks::time_in_range(Timestamp::from_millis(millis), &pointer, now)
}

fn whole_millis(value: &Json<'_>, pointer: &str) -> Result<i64, Fault> {
    if *value == Json::Null {
        return Err(Fault::missing(pointer, "for every feature"));
    }
    value
        .whole()
        .and_then(|whole| i64::try_from(whole).ok())
        .ok_or_else(|| checks::wrong_type(pointer, "milliseconds since 1970", value))
}

fn version(feature: &Json<'_>, map: &FeedMap) -> Result<u32, Fault> {
    let Some(path) = &map.version else {
        return Ok(0);
    };
    let (value, pointer) = (feature.at_path(path), pointer_of(path));
    let seconds = match (map.version_format.as_str(), value) {
        (_, Json::Null) => return Ok(0),
        ("unix_ms", value) => whole_millis(value, &pointer)?.div_euclid(1000),
        ("rfc3339", value) => {
            let text = checks::text(value, &pointer)?.unwrap_or_default();
            let moment = Timestamp::parse_rfc3339(text)
                .map_err(|reason| Fault::new(pointer.as_str(), reason))?;
            moment.millis().div_euclid(1000)
        }
        (_, value) => return checks::version(value, &pointer),
    };
    u32::try_from(seconds)
        .map_err(|_| Fault::new(pointer, format_args!("{seconds} s is outside 1970 to 2106")))
}

type Place = (Option<domain::place::Position>, Option<domain::area::Area>);

/// GeoJSON is WGS-84 always (RFC 7946, section 4).
fn place(geometry: &Json<'_>) -> Result<Place, Fault> {
    const WGS84: domain::crs::Crs = domain::crs::Crs::Wgs84;
    match geometry {
        Json::Null => Ok((None, None)),
        Json::Object(_) => {
            if *geometry.member("type") != Json::Text(Cow::Borrowed("Point")) {
                return Ok((None, checks::area(geometry, "/geometry", WGS84)?));
            }
            let pointer = "/geometry/coordinates";
            let at = checks::position(geometry.member("coordinates"), pointer, WGS84, 3)?;
            at.map(|at| (Some(at), None))
                .ok_or_else(|| Fault::missing(pointer, "for a Point"))
        }
        other => Err(checks::wrong_type("/geometry", "a geometry or null", other)),
    }
}

fn attributes(feature: &Json<'_>, map: &FeedMap) -> Result<BTreeMap<String, String>, Fault> {
    let mut attributes = BTreeMap::new();
    for path in &map.attributes {
        let name = path.rsplit('.').next().unwrap_or(path);
        checks::attribute(&mut attributes, name, feature.at_path(path))
            .map_err(|reason| Fault::new(pointer_of(path), reason))?;
    }
    Ok(attributes)
}

/// What the table says of a value; `otherwise` for a value it does not know.
fn looked_up<'m>(feature: &Json<'_>, map: &'m ValueMap) -> Option<&'m str> {
    let otherwise = map.otherwise.as_deref();
    let Some(path) = &map.path else {
        return otherwise;
    };
    let value = feature.at_path(path);
    if let Some(words) = value.as_words()
        && let Some(result) = map.values.get(words.as_ref())
    {
        return Some(result);
    }
    if let Some(number) = value.number() {
        let band = map.bands.iter().rev().find(|(from, _)| number >= *from);
        if let Some((_, result)) = band {
            return Some(result);
        }
    }
    otherwise
}

fn category(
    feature: &Json<'_>,
    feed: &FeedDefinition,
    map: &FeedMap,
    city: &City,
    attributes: &mut BTreeMap<String, String>,
) -> Result<Option<CategoryCode>, Fault> {
    let path = map.category.path.as_deref().unwrap_or_default();
    let found = match looked_up(feature, &map.category) {
        Some(code) => checks::known_category(code, city),
        None => Err("the feed's definition maps this to no category".to_owned()),
    };
    match found {
        Ok(code) => Ok(Some(code)),
        Err(_) if feed.otherwise == "tray" => {
            if let Some(said) = feature.at_path(path).as_words() {
                let said = said.chars().take(checks::LONGEST_WORD).collect();
                attributes.entry("category".into()).or_insert(said);
            }
            Ok(None)
        }
        Err(reason) => Err(Fault::new(pointer_of(path), reason)),
    }
}

fn severity(feature: &Json<'_>, map: &ValueMap) -> Result<Option<Severity>, Fault> {
    let Some(level) = looked_up(feature, map) else {
        return Ok(None);
    };
    let severity = level
        .parse::<u8>()
        .ok()
        .and_then(|level| Severity::try_from(level).ok());
    let path = map.path.as_deref().unwrap_or_default();
    severity.map(Some).ok_or_else(|| {
        Fault::new(
            pointer_of(path),
            format_args!("the feed's definition maps this to severity \"{level}\""),
        )
    })
}

/// A path, or a template with `{paths}` in braces; what is absent leaves nothing behind.
fn filled(feature: &Json<'_>, form: &str) -> Result<String, Fault> {
    if !form.contains('{') {
        let text = checks::long_text(feature.at_path(form), &pointer_of(form))?;
        return Ok(text.unwrap_or_default().to_owned());
    }
    let mut text = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((path, behind)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        if let Some(words) = feature.at_path(path).as_words() {
            text.push_str(&words);
        }
        rest = behind;
    }
    text.push_str(rest);
    if text.len() > checks::LONGEST_TEXT {
        return Err(Fault::new("", "the text it maps to is longer than 64 KiB"));
    }
    Ok(text)
}
