//! One observation on its way: what is said, by whom, and when it is sent. Written as the public contract has it
//! (API.md, "Feeds in").

use domain::category::{CategoryCode, Severity};
use domain::ids::{ObservationId, SourceId, ThingId};
use domain::place::Position;
use domain::time::{Timestamp, Zone};
use serde::Serialize;

use super::fleet::{Moved, UnitKind};
use super::sensors::Measure;

#[derive(Clone, PartialEq, Debug)]
pub struct Observation {
    /// By the true clock.
    pub sent_at: Timestamp,
    /// By the sender's clock.
    pub time: Timestamp,
    pub source: SourceId,
    pub id: ObservationId,
    pub version: u32,
    pub position: Option<Position>,
    pub accuracy_m: Option<u32>,
    pub drill: bool,
    /// Sent by a demonstration, and marked as such.
    pub demo: bool,
    pub body: Body,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Body {
    Report {
        text: String,
        category: Option<CategoryCode>,
        severity: Option<Severity>,
    },
    Alarm {
        thing: Option<ThingId>,
        category: CategoryCode,
        severity: Option<Severity>,
        text: String,
    },
    Clear {
        thing: ThingId,
        category: CategoryCode,
    },
    Reading {
        thing: ThingId,
        measure: Measure,
        value: f64,
    },
    Position {
        thing: ThingId,
        kind: UnitKind,
        moved: Moved,
    },
}

/// The members in the order they are written.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "is_first")]
    version: u32,
    kind: &'static str,
    time: String,
    /// Only where it differs from `time`: what `gulou replay` goes by.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thing: Option<&'a ThingId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy_m: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<CategoryCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    drill: bool,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes,
}

#[derive(Serialize, Default)]
struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    demo: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heading_deg: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_mps: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl Attributes {
    fn is_empty(&self) -> bool {
        self.demo.is_none() && self.kind.is_none()
    }
}

// Serde asks by reference.
fn is_first(version: &u32) -> bool {
    *version == 1
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Observation {
    /// One line of JSON, without the line's end.
    pub fn to_line(&self, zone: &Zone) -> String {
        serde_json::to_string(&self.line(zone)).unwrap_or_default()
    }

    pub fn to_json(&self, zone: &Zone) -> serde_json::Value {
        serde_json::to_value(self.line(zone)).unwrap_or_default()
    }

    /// Whether it can become evidence of an incident by itself.
    pub fn is_said(&self) -> bool {
        matches!(self.body, Body::Report { .. } | Body::Alarm { .. })
    }

    fn line(&self, zone: &Zone) -> Line<'_> {
        let mut line = Line {
            source: self.source.as_str(),
            id: self.id.as_str(),
            version: self.version,
            kind: "report",
            time: self.time.to_rfc3339(zone),
            sent_at: (self.sent_at != self.time).then(|| self.sent_at.to_rfc3339(zone)),
            thing: None,
            position: self.position,
            accuracy_m: self.accuracy_m,
            category: None,
            severity: None,
            text: None,
            property: None,
            value: None,
            unit: None,
            drill: self.drill,
            attributes: Attributes {
                demo: self.demo.then_some("true"),
                ..Attributes::default()
            },
        };
        match &self.body {
            Body::Report {
                text,
                category,
                severity,
            } => {
                line.text = Some(text);
                line.category = *category;
                line.severity = *severity;
            }
            Body::Alarm {
                thing,
                category,
                severity,
                text,
            } => {
                line.kind = "alarm";
                line.thing = thing.as_ref();
                line.category = Some(*category);
                line.severity = *severity;
                line.text = Some(text);
            }
            Body::Clear { thing, category } => {
                line.kind = "clear";
                line.thing = Some(thing);
                line.category = Some(*category);
            }
            Body::Reading {
                thing,
                measure,
                value,
            } => {
                line.kind = "reading";
                line.thing = Some(thing);
                line.property = Some(measure.property());
                line.value = Some(*value);
                line.unit = Some(measure.unit());
            }
            Body::Position { thing, kind, moved } => {
                line.kind = "position";
                line.thing = Some(thing);
                line.attributes.kind = Some(kind.name());
                line.attributes.heading_deg = Some(moved.heading_deg);
                line.attributes.speed_mps = Some(moved.speed_mps);
                line.attributes.status = Some(moved.status);
            }
        }
        line
    }
}
