//! What a city pack says of its themes: which figures they show, and what each is counted from.
//! A definition only; nothing here decides about the city, so it is not in the journal.

use crate::category::Severity;
use crate::ids::{DepartmentId, JurisdictionCode, Property, ThingId};
use crate::theme::Missing;

/// One file of the pack's `themes` folder.
#[derive(Clone, PartialEq, Debug)]
pub struct Theme {
    pub id: String,
    pub name: String,
    pub name_en: String,
    /// Its place in the list of themes.
    pub order: u32,
    /// Layers of the live map: `incidents`, `alarms`, `units`, `sensors`.
    pub layers: Vec<String>,
    /// Codes or beginnings of codes; empty for all kinds.
    pub categories: Vec<String>,
    pub indicators: Vec<Indicator>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Indicator {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub unit: String,
    pub unit_en: String,
    /// Digits behind the point.
    pub decimals: u8,
    /// What is expected between two updates; what is older than three of these does not count.
    pub period_ms: Option<i64>,
    pub bounds: Option<(f64, f64)>,
    /// None: no feed brings it yet, and `missing` says which.
    pub measure: Option<Measure>,
    /// Said instead of our own words while there is nothing to compute it from.
    pub missing: Option<Missing>,
}

/// What a figure is computed from. Practice never counts.
#[derive(Clone, PartialEq, Debug)]
pub enum Measure {
    Incidents(IncidentMeasure, OfIncidents),
    /// Alarms that stand.
    Alarms {
        categories: Vec<String>,
        severities: Vec<Severity>,
    },
    /// Units heard lately.
    Units {
        statuses: Vec<String>,
        kinds: Vec<String>,
    },
    /// Sensors of a property, or all.
    Sensors(SensorMeasure, Option<Property>),
    /// Over what the sensors of a property measured last.
    Readings {
        statistic: Statistic,
        property: Property,
        unit: String,
    },
    /// What one thing measured last.
    Latest {
        thing: ThingId,
        property: Property,
        unit: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IncidentMeasure {
    Open,
    Late,
    OpenedToday,
    ClosedToday,
    /// Of those closed today whose work had a deadline: how many of a hundred met it (按期处置率).
    ShareInTime,
    /// Of those first dispatched today: minutes from the report.
    MedianToDispatch,
}

/// Which incidents count; empty for all.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OfIncidents {
    pub categories: Vec<String>,
    pub severities: Vec<Severity>,
    pub town: Option<JurisdictionCode>,
    /// The lead, or one in support.
    pub department: Option<DepartmentId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SensorMeasure {
    Reporting,
    Silent,
    InAlarm,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Statistic {
    Mean,
    Max,
    Min,
    /// How many of a hundred measure more than this.
    ShareAbove(f64),
}
