//! One thing on the shared picture: what is shown of it, who may see it, and what a filter may ask of it.

use std::sync::Arc;

use domain::city::City;
use domain::explain;
use domain::filter::{Fields, Value};
use domain::ids::{AlarmId, IncidentId, JurisdictionCode, ThingId};
use domain::incident::Incident;
use domain::language::Language;
use domain::place::Position;
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::unit::Unit;
use domain::wire::record::{Whereabouts, Whole, put_move, put_moved, put_whole, put_whole_unit};
use domain::wire::{AlarmView, IncidentView, Layer, SensorView, UnitView};

/// Every name a filter may use.
pub const FILTER_FIELDS: &[&str] = &[
    "id",
    "number",
    "severity",
    "state",
    "category",
    "class",
    "town",
    "town_code",
    "village",
    "grid",
    "lead",
    "department",
    "drill",
    "suspended",
    "tray",
    "light",
    "overdue",
    "evidence_count",
    "confidence",
    "hops",
    "source",
    "thing",
    "kind",
    "status",
    "in_alarm",
    "rule",
];

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Key {
    Incident(IncidentId),
    Alarm(AlarmId),
    Unit(ThingId),
    Sensor(ThingId),
}

impl Key {
    pub fn layer(&self) -> Layer {
        match self {
            Self::Incident(_) => Layer::Incidents,
            Self::Alarm(_) => Layer::Alarms,
            Self::Unit(_) => Layer::Units,
            Self::Sensor(_) => Layer::Sensors,
        }
    }

    pub fn id(&self) -> String {
        match self {
            Self::Incident(id) => id.to_string(),
            Self::Alarm(id) => id.to_string(),
            Self::Unit(id) | Self::Sensor(id) => id.to_string(),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Item {
    Incident(Arc<ShownIncident>),
    Alarm(Arc<AlarmView>),
    Unit(ShownUnit),
    Sensor(Arc<SensorView>),
}

/// A unit. What stays while it moves is shared by all that it was.
#[derive(Clone, Debug)]
pub struct ShownUnit {
    /// Its whereabouts are those of when it was made.
    stays: Arc<UnitView>,
    pub whereabouts: Whereabouts,
}

impl ShownUnit {
    pub fn of(city: &City, unit: &Unit) -> Self {
        Self {
            stays: Arc::new(domain::view::unit(city, unit)),
            whereabouts: domain::view::whereabouts(unit),
        }
    }

    /// The same unit elsewhere; None where more than that has changed.
    pub fn moved(&self, unit: &Unit) -> Option<Self> {
        domain::view::only_moved(&self.stays, unit).then(|| Self {
            stays: self.stays.clone(),
            whereabouts: domain::view::whereabouts(unit),
        })
    }

    pub fn view(&self) -> UnitView {
        self.whereabouts.on(&self.stays)
    }

    /// Writes down how it moved; false, and nothing is written, where more than that has changed.
    pub fn put_moved(&self, out: &mut Vec<u8>, number: u32, before: &Self, now: Timestamp) -> bool {
        if Arc::ptr_eq(&self.stays, &before.stays) {
            put_move(out, number, &before.whereabouts, &self.whereabouts, now);
            return true;
        }
        put_moved(out, number, &before.view(), &self.view(), now)
    }
}

/// An incident, what is shown of it, and its code as text for filters.
#[derive(Debug)]
pub struct ShownIncident {
    pub incident: Arc<Incident>,
    pub view: Arc<IncidentView>,
    /// The same without sentences.
    pub brief: Arc<IncidentView>,
    category: Option<String>,
}

impl Item {
    pub fn of_incident(city: &City, incident: &Arc<Incident>, now: Timestamp) -> Self {
        let view = domain::view::incident(city, incident, now);
        Self::Incident(Arc::new(ShownIncident {
            incident: incident.clone(),
            brief: Arc::new(view.brief()),
            view: Arc::new(view),
            category: incident.category.map(|code| code.to_string()),
        }))
    }

    /// The same under a changed pack: names are the pack's.
    pub fn renamed(&self, city: &City, now: Timestamp) -> Self {
        let town = |code: Option<&String>| {
            let code = JurisdictionCode::new(code?).ok()?;
            Some(explain::town_name(city, Language::Zh, &code).to_owned())
        };
        match self {
            Self::Incident(one) => Self::of_incident(city, &one.incident, now),
            Self::Alarm(view) => Self::Alarm(view.clone()),
            Self::Unit(unit) => {
                let mut view = UnitView::clone(&unit.stays);
                view.town = town(view.town_code.as_ref());
                Self::Unit(ShownUnit {
                    stays: Arc::new(view),
                    whereabouts: unit.whereabouts,
                })
            }
            Self::Sensor(view) => {
                let mut view = SensorView::clone(view);
                view.town = town(view.town_code.as_ref());
                Self::Sensor(Arc::new(view))
            }
        }
    }

    pub fn layer(&self) -> Layer {
        match self {
            Self::Incident(_) => Layer::Incidents,
            Self::Alarm(_) => Layer::Alarms,
            Self::Unit(_) => Layer::Units,
            Self::Sensor(_) => Layer::Sensors,
        }
    }

    /// The whole of it as a record of the binary stream.
    pub fn put_whole(&self, out: &mut Vec<u8>, number: u32) {
        let whole = match self {
            Self::Incident(one) => Whole::Incident(one.brief.clone()),
            Self::Alarm(view) => Whole::Alarm(view.clone()),
            Self::Sensor(view) => Whole::Sensor(view.clone()),
            Self::Unit(unit) => {
                return put_whole_unit(out, number, &unit.stays, unit.whereabouts.rounded());
            }
        };
        put_whole(out, number, &whole);
    }

    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Incident(one) => one.view.position,
            Self::Alarm(view) => view.position,
            Self::Unit(unit) => Some(unit.whereabouts.position),
            Self::Sensor(view) => view.position,
        }
    }

    pub fn revision(&self) -> u32 {
        match self {
            Self::Incident(one) => one.view.revision,
            _ => 0,
        }
    }

    /// Whether an audience may see it at all.
    pub fn shown_to(&self, audience: &Audience) -> bool {
        let town_code = match self {
            Self::Incident(one) => return audience.may_read(&one.incident),
            Self::Unit(unit) => unit.stays.town_code.as_deref(),
            Self::Alarm(_) | Self::Sensor(_) => None,
        };
        audience.may_see(self.layer(), town_code) == Some(true)
    }
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Null, Value::Text)
}

fn level(severity: domain::category::Severity) -> Value<'static> {
    Value::Number(f64::from(severity.level()))
}

/// Codes as text, so that a filter can name them: short, and known at compile time where they can be.
impl Fields for Item {
    fn field(&self, name: &str) -> Option<Value<'_>> {
        match self {
            Self::Incident(one) => incident_field(one, name),
            Self::Alarm(view) => match name {
                "severity" => Some(level(view.severity)),
                "drill" => Some(Value::Flag(view.drill)),
                "source" => Some(Value::Text(view.source.as_str())),
                "thing" => Some(text(view.thing.as_ref().map(ThingId::as_str))),
                "rule" => Some(text(view.rule.as_deref())),
                _ => None,
            },
            Self::Unit(unit) => match name {
                "id" | "thing" => Some(Value::Text(unit.stays.id.as_str())),
                "source" => Some(Value::Text(unit.stays.source.as_str())),
                "town" => Some(text(unit.stays.town.as_deref())),
                "town_code" => Some(text(unit.stays.town_code.as_deref())),
                "status" => Some(text(unit.stays.status.as_deref())),
                "kind" => Some(text(unit.stays.kind.as_deref())),
                "drill" => Some(Value::Flag(unit.stays.drill)),
                _ => None,
            },
            Self::Sensor(view) => match name {
                "id" | "thing" => Some(Value::Text(view.id.as_str())),
                "source" => Some(Value::Text(view.source.as_str())),
                "town" => Some(text(view.town.as_deref())),
                "town_code" => Some(text(view.town_code.as_deref())),
                "in_alarm" => Some(Value::Flag(view.in_alarm)),
                "drill" => Some(Value::Flag(view.drill)),
                _ => None,
            },
        }
    }
}

fn incident_field<'a>(one: &'a ShownIncident, name: &str) -> Option<Value<'a>> {
    let view = &one.view;
    let category = one.category.as_deref();
    let light = view.deadline.as_ref().map(|deadline| deadline.light.name());
    Some(match name {
        "number" => Value::Text(&view.number),
        "severity" => level(view.severity),
        "state" => Value::Text(view.state.name()),
        "category" => text(category),
        "class" => text(category.and_then(|code| code.get(..3))),
        "town" => text(view.town.as_deref()),
        "town_code" => text(view.town_code.as_deref()),
        "village" => text(view.village.as_deref()),
        "grid" => text(view.grid.as_deref()),
        "lead" | "department" => text(view.lead.as_ref().map(domain::ids::DepartmentId::as_str)),
        "drill" => Value::Flag(view.drill),
        "suspended" => Value::Flag(view.suspended),
        "tray" => Value::Flag(view.tray),
        "light" => text(light),
        "overdue" => Value::Flag(light == Some("red")),
        "evidence_count" => Value::Number(f64::from(view.evidence_count)),
        "confidence" => Value::Number(f64::from(view.confidence)),
        "hops" => Value::Number(f64::from(view.hops)),
        _ => return None,
    })
}
