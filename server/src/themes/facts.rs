//! What figures are computed from: the city's own incidents, what is on the live picture, and the history of readings.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::city::City;
use domain::course::{AlarmFacets, Course, Phase};
use domain::ids::{Property, ThingId};
use domain::time::Timestamp;
use domain::wire::{AlarmView, SensorView, UnitView};

/// Everything an audience may have counted for it, as of one position.
pub struct Facts<'a> {
    pub city: &'a City,
    pub now: Timestamp,
    /// The journal's block that these are as of.
    pub position: u64,
    /// How long ago that was, if it is not the newest.
    pub lag_ms: i64,
    /// When the journal began: nothing is known of before.
    pub begun_at: Option<Timestamp>,
    pub phases: Vec<Phase>,
    /// Since [`super::looks_back_to`].
    pub courses: Vec<Course>,
    /// None: alarms are not for this audience.
    pub alarms: Option<Vec<Arc<AlarmView>>>,
    /// How they stood since [`super::looks_back_to`].
    pub alarm_phases: Vec<Phase<AlarmFacets>>,
    /// From when on that is known.
    pub alarms_from: Option<Timestamp>,
    pub units: Vec<Arc<UnitView>>,
    pub sensors: Vec<Arc<SensorView>>,
    pub history: &'a dyn History,
}

/// A property in one unit, by any of their names.
#[derive(Clone, Copy)]
pub struct Sought<'a> {
    pub property: &'a Property,
    /// `ANY_UNIT` where only the things are counted, not what they measured.
    pub unit: &'a str,
}

pub const ANY_UNIT: &str = "";

impl Sought<'_> {
    pub fn is_any_unit(&self) -> bool {
        self.unit == ANY_UNIT
    }
}

/// What was measured before; practice left out.
pub trait History {
    /// What each thing had last measured at a moment, if not longer before it than `within_ms`.
    fn last_at(
        &self,
        sought: Sought<'_>,
        at: Timestamp,
        within_ms: i64,
    ) -> Result<BTreeMap<ThingId, f64>, String>;

    /// The same at several full hours.
    fn last_at_hours(
        &self,
        sought: Sought<'_>,
        hours: &[Timestamp],
        within_ms: i64,
    ) -> Result<Vec<BTreeMap<ThingId, f64>>, String>;

    /// When each thing was first measured; of what was measured before `since`, some moment before it.
    fn first_at(
        &self,
        sought: Sought<'_>,
        since: Timestamp,
    ) -> Result<BTreeMap<ThingId, Timestamp>, String>;
}
