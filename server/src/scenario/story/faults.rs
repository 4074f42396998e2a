//! Stations that say what is not so, and one that says nothing.

use super::{Story, source};
use crate::scenario::sensors::{Fault, Measure, StationKind};
use crate::scenario::truth::{Suspect, Truth};

/// Kind of station, what is wrong, with which measure, the value it says, from and until (seconds of the day).
const FAULTS: [(StationKind, Suspect, Measure, f64, f64, f64); 7] = [
    // All bits set: the logger lost its probe.
    (
        StationKind::Air,
        Suspect::OutOfRange,
        Measure::Pm25,
        6553.0,
        33_000.0,
        33_600.0,
    ),
    (
        StationKind::RoadWater,
        Suspect::OutOfRange,
        Measure::RoadWater,
        65.53,
        11_000.0,
        11_900.0,
    ),
    // One value out of nowhere, and back.
    (
        StationKind::Air,
        Suspect::Jump,
        Measure::Pm25,
        187.0,
        40_000.0,
        40_300.0,
    ),
    (
        StationKind::Outfall,
        Suspect::Jump,
        Measure::OutfallCod,
        412.0,
        62_000.0,
        62_600.0,
    ),
    // The same to the last digit for hours.
    (
        StationKind::River,
        Suspect::Stuck,
        Measure::RiverLevel,
        1.47,
        20_000.0,
        50_000.0,
    ),
    (
        StationKind::RoadWater,
        Suspect::Stuck,
        Measure::RoadWater,
        0.31,
        9_000.0,
        30_000.0,
    ),
    (
        StationKind::Noise,
        Suspect::Stuck,
        Measure::Noise,
        61.3,
        30_000.0,
        80_000.0,
    ),
];
/// From twenty to ten in the morning a gauge of road water says nothing, storm or not.
const SILENT_S: (f64, f64) = (34_800.0, 86_400.0);

impl Story<'_> {
    pub fn faults(&mut self) {
        for (kind, suspect, measure, value, from_s, until_s) in FAULTS {
            let Some(spot) = self.somewhere("", &[]) else {
                continue;
            };
            let number = self.sensors.add(kind, spot.position);
            self.sensors.stations[number].faults.push(Fault {
                suspect,
                measure,
                value,
                from_s,
                until_s,
            });
        }
        if let Some(spot) = self.somewhere("", &[]) {
            let number = self.sensors.add(StationKind::RoadWater, spot.position);
            self.sensors.stations[number].silent_s = Some(SILENT_S);
        }
    }

    /// What is true of stations that say nothing: their keepers' matter.
    pub fn silences(&self) -> Vec<Truth> {
        let rules = &self.ground.city.alarm_rules;
        let silent = self.sensors.stations.iter().filter_map(|station| {
            let (from_s, until_s) = station.silent_s?;
            let mut measures = station.kind.measures().iter();
            let category = measures.find_map(|measure| {
                let property = domain::ids::Property::new(measure.property()).ok()?;
                let mut watching = rules.iter().filter(|rule| rule.is_about(&property));
                watching.find_map(|rule| rule.silence.as_ref().map(|silence| silence.category))
            });
            let town = self.ground.town_at(station.position);
            Some(Truth::Silent {
                source: source(station.kind.source()),
                thing: station.thing.clone(),
                from_s: from_s as u32,
                until_s: until_s as u32,
                category,
                position: station.position,
                town: town.map(|town| self.ground.towns[town].code.clone()),
                department: town.and_then(|town| self.lead(category, town)),
            })
        });
        silent.collect()
    }
}
