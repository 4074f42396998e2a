//! One item of our own form becomes an observation, or a fault that says where and why. Decides nothing about it:
//! whether it is new, which incident it belongs to and what its text means is the single writer's business.

use std::collections::BTreeMap;

use domain::category::{CategoryCode, Severity};
use domain::city::{City, FeedDefinition};
use domain::ids::{ObservationId, Property, SourceId, ThingId};
use domain::observation::{Body, Fingerprint, Motion, Observation};
use domain::time::Timestamp;

use super::checks::{self, CategoryFound};
use super::fault::Fault;
use super::fields::{Field, Fields};
use super::fingerprint;
use super::json::Json;
use super::reporter::{Reporter, reporter};

/// What the items of one source are judged by.
#[derive(Clone, Copy)]
pub struct Standing<'c> {
    pub city: &'c City,
    /// The definition that speaks for the source, if the pack has one.
    pub feed: Option<&'c FeedDefinition>,
    pub now: Timestamp,
}

/// What an item says besides its place and time, before its kind is known to fit.
struct Said<'v> {
    category: CategoryFound,
    severity: Option<Severity>,
    text: Option<&'v str>,
    thing: Option<ThingId>,
    has_place: bool,
}

/// `source` was read before, because the key is checked against it first.
pub fn observation(
    fields: &Fields<'_>,
    source: SourceId,
    standing: &Standing<'_>,
) -> Result<(Observation, Option<Reporter>), Fault> {
    if let Some(field) = fields.twice {
        return Err(Fault::new(field.pointer(), "is given twice"));
    }
    let get = |field: Field| (fields.get(field), field.pointer());
    let (value, pointer) = get(Field::Id);
    let id = checks::id(value, pointer, ObservationId::new, "for every item")?;
    let kind = kind(fields.get(Field::Kind))?;
    let (value, pointer) = get(Field::Time);
    let time = checks::time(value, pointer, standing.now)?;
    let (value, pointer) = get(Field::Version);
    let version = checks::version(value, pointer)?;
    let (value, pointer) = get(Field::Crs);
    let crs = checks::crs(value, pointer)?;
    let (value, pointer) = get(Field::Position);
    let position = checks::position(value, pointer, crs, 2)?;
    let (value, pointer) = get(Field::Area);
    let area = checks::area(value, pointer, crs)?;
    let (value, pointer) = get(Field::AccuracyM);
    let accuracy_m = checks::accuracy_m(value, pointer)?;
    let (value, pointer) = get(Field::Drill);
    let drill = checks::flag(value, pointer)?;
    let reporter = reporter(fields.get(Field::Reporter))?;
    let (value, pointer) = get(Field::Attributes);
    let aside: &[&str] = match kind {
        Kind::Position => &["heading_deg", "speed_mps", "status", "kind"],
        Kind::Clear => &["clears"],
        _ => &[],
    };
    let mut attributes = checks::attributes(value, pointer, aside)?;
    let said = said(fields, standing, position.is_some() || area.is_some())?;
    let body = match kind {
        Kind::Report => report(said, &mut attributes)?,
        Kind::Reading => reading(fields, said)?,
        Kind::Position if position.is_none() => {
            return Err(Fault::missing("/position", "for a position"));
        }
        Kind::Position => unit_position(fields, said)?,
        Kind::Alarm => alarm(said, &mut attributes)?,
        Kind::Clear => clear(fields, said)?,
    };
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
        drill,
        backfill: standing.feed.is_some_and(|feed| feed.backfill),
        reporter: None,
        attributes,
    };
    observation.fingerprint = fingerprint::of(&observation);
    Ok((observation, reporter))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Report,
    Reading,
    Position,
    Alarm,
    Clear,
}

fn kind(value: &Json<'_>) -> Result<Kind, Fault> {
    let named =
        checks::text(value, "/kind")?.ok_or_else(|| Fault::missing("/kind", "for every item"))?;
    Ok(match named {
        "report" => Kind::Report,
        "reading" => Kind::Reading,
        "position" => Kind::Position,
        "alarm" => Kind::Alarm,
        "clear" => Kind::Clear,
        other => {
            let reason =
                format_args!("\"{other}\" is not one of report, reading, position, alarm, clear");
            return Err(Fault::new("/kind", reason));
        }
    })
}

fn said<'v>(
    fields: &'v Fields<'_>,
    standing: &Standing<'_>,
    has_place: bool,
) -> Result<Said<'v>, Fault> {
    let get = |field: Field| (fields.get(field), field.pointer());
    let (value, pointer) = get(Field::Category);
    let category = checks::category(value, pointer, standing.city, standing.feed)?;
    let (value, pointer) = get(Field::Severity);
    let severity = checks::severity(value, pointer)?;
    let (value, pointer) = get(Field::Text);
    let text = checks::long_text(value, pointer)?;
    let (value, pointer) = get(Field::Thing);
    let thing = checks::optional_id(value, pointer, ThingId::new)?;
    Ok(Said {
        category,
        severity,
        text,
        thing,
        has_place,
    })
}

fn report(said: Said<'_>, attributes: &mut BTreeMap<String, String>) -> Result<Body, Fault> {
    if said.text.is_none() && said.category == CategoryFound::Absent {
        return Err(Fault::missing("/text", "for a report without category"));
    }
    // The form of a report has no thing; what the sender knows is kept all the same.
    keep(
        attributes,
        "thing",
        said.thing.as_ref().map(ThingId::as_str),
    );
    Ok(Body::Report {
        text: said.text.unwrap_or_default().to_owned(),
        category: code_or_tray(said.category, attributes),
        severity: said.severity,
    })
}

fn reading(fields: &Fields<'_>, said: Said<'_>) -> Result<Body, Fault> {
    const BECAUSE: &str = "for a reading";
    let thing = said
        .thing
        .ok_or_else(|| Fault::missing("/thing", BECAUSE))?;
    let property = checks::id(
        fields.get(Field::Property),
        "/property",
        Property::new,
        BECAUSE,
    )?;
    let value = checks::number(fields.get(Field::Value), "/value")?
        .ok_or_else(|| Fault::missing("/value", BECAUSE))?;
    let unit = checks::word(fields.get(Field::Unit), "/unit")?
        .ok_or_else(|| Fault::missing("/unit", BECAUSE))?;
    Ok(Body::Reading {
        thing,
        property,
        value,
        unit: unit.to_owned(),
    })
}

fn unit_position(fields: &Fields<'_>, said: Said<'_>) -> Result<Body, Fault> {
    let thing = said
        .thing
        .ok_or_else(|| Fault::missing("/thing", "for a position"))?;
    let given = fields.get(Field::Attributes);
    let motion = Motion {
        heading_deg: heading(given.member("heading_deg"))?,
        speed_cmps: speed(given.member("speed_mps"))?,
        status: motion_word(given, "status")?,
        kind: motion_word(given, "kind")?,
    };
    Ok(Body::Position { thing, motion })
}

fn heading(value: &Json<'_>) -> Result<Option<u16>, Fault> {
    const POINTER: &str = "/attributes/heading_deg";
    let Some(degrees) = checks::number(value, POINTER)? else {
        return Ok(None);
    };
    if !(0.0..=360.0).contains(&degrees) {
        let reason = format_args!("{degrees} is outside 0..360");
        return Err(Fault::new(POINTER, reason));
    }
    Ok(Some(degrees.round() as u16 % 360))
}

fn speed(value: &Json<'_>) -> Result<Option<u32>, Fault> {
    const POINTER: &str = "/attributes/speed_mps";
    /// Nothing a city sends out moves faster, in metres per second.
    const FASTEST: f64 = 1000.0;
    let Some(speed) = checks::number(value, POINTER)? else {
        return Ok(None);
    };
    if !(0.0..=FASTEST).contains(&speed) {
        let reason = format_args!("{speed} is outside 0..{FASTEST}");
        return Err(Fault::new(POINTER, reason));
    }
    Ok(Some((speed * 100.0).round() as u32))
}

fn motion_word(attributes: &Json<'_>, name: &str) -> Result<Option<String>, Fault> {
    let value = attributes.member(name);
    if *value == Json::Null {
        return Ok(None);
    }
    let word = checks::word(value, &format!("/attributes/{name}"))?;
    Ok(word.map(str::to_owned))
}

fn alarm(said: Said<'_>, attributes: &mut BTreeMap<String, String>) -> Result<Body, Fault> {
    let category = category_and_place(&said, "for an alarm")?;
    let text = said.text.unwrap_or_default().to_owned();
    let Some(category) = category else {
        // An alarm of a kind we do not know still says that something is the matter: a person looks at it.
        keep(
            attributes,
            "thing",
            said.thing.as_ref().map(ThingId::as_str),
        );
        return Ok(Body::Report {
            text,
            category: code_or_tray(said.category, attributes),
            severity: said.severity,
        });
    };
    Ok(Body::Alarm {
        thing: said.thing,
        category,
        severity: said.severity,
        text,
    })
}

fn clear(fields: &Fields<'_>, mut said: Said<'_>) -> Result<Body, Fault> {
    let named = fields.get(Field::Attributes).member("clears");
    let clears = checks::optional_id(named, "/attributes/clears", ObservationId::new)?;
    // Naming the alarm is as good as naming its place.
    said.has_place |= clears.is_some();
    let Some(category) = category_and_place(&said, "for a clear")? else {
        let reason = "is not in this city's table, so no alarm of it can stand";
        return Err(Fault::new("/category", reason));
    };
    Ok(Body::Clear {
        thing: said.thing,
        category,
        clears,
    })
}

/// None where the category is one the tray takes.
fn category_and_place(said: &Said<'_>, because: &str) -> Result<Option<CategoryCode>, Fault> {
    if said.category == CategoryFound::Absent {
        return Err(Fault::missing("/category", because));
    }
    if said.thing.is_none() && !said.has_place {
        let reason = format!("one of thing, position, area is needed {because}");
        return Err(Fault::new("/thing", reason));
    }
    Ok(match said.category {
        CategoryFound::Known(code) => Some(code),
        _ => None,
    })
}

fn code_or_tray(
    found: CategoryFound,
    attributes: &mut BTreeMap<String, String>,
) -> Option<CategoryCode> {
    match found {
        CategoryFound::Known(code) => return Some(code),
        CategoryFound::Tray(said) => keep(attributes, "category", Some(&said)),
        CategoryFound::Absent => {}
    }
    None
}

/// Adds what the sender said, unless an attribute of that name says something already.
fn keep(attributes: &mut BTreeMap<String, String>, name: &str, value: Option<&str>) {
    if let Some(value) = value
        && !attributes.contains_key(name)
    {
        attributes.insert(name.to_owned(), value.to_owned());
    }
}
