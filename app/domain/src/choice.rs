//! Which sensors, units or alarms are meant: the same choice filters a list and is written as the query of that list, so
//! that a figure and the list behind it cannot drift apart.

use crate::alarm::AlarmState;
use crate::category::Severity;
use crate::city::City;
use crate::course::AlarmFacets;
use crate::ids::{Property, ThingId};
use crate::place::Position;
use crate::time::Timestamp;
use crate::wire::{AlarmView, MeasuredView, SensorView, UnitView};

/// Everything absent or empty lets everything pass.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SensorChoice {
    /// In any of the spellings the pack knows.
    pub property: Option<Property>,
    /// Of the property, by any of its names.
    pub unit: Option<String>,
    /// Measured (the property, where one is named) at this moment or later.
    pub observed_since: Option<Timestamp>,
    /// Last measured before this moment.
    pub observed_until: Option<Timestamp>,
    pub in_alarm: Option<bool>,
    pub drill: Option<bool>,
}

impl SensorChoice {
    /// The values of a sensor that are meant; None if the sensor is not.
    pub fn of<'s>(&self, city: &City, sensor: &'s SensorView) -> Option<Vec<&'s MeasuredView>> {
        let other_alarm = self
            .in_alarm
            .is_some_and(|wanted| sensor.in_alarm != wanted);
        if other_alarm || self.drill.is_some_and(|wanted| sensor.drill != wanted) {
            return None;
        }
        let spellings = self.property.as_ref().map(|one| city.spellings_of(one));
        let meant: Vec<&MeasuredView> = sensor
            .latest
            .iter()
            .filter(|measured| {
                spellings
                    .as_ref()
                    .is_none_or(|known| known.contains(&measured.property))
            })
            .filter(|measured| match (&self.property, &self.unit) {
                (Some(property), Some(unit)) => city.is_same_unit(property, unit, &measured.unit),
                (None, Some(unit)) => *unit == measured.unit,
                (_, None) => true,
            })
            .collect();
        let newest = meant.iter().map(|measured| measured.observed_at).max()?;
        let too_old = self.observed_since.is_some_and(|since| newest < since);
        let too_new = self.observed_until.is_some_and(|until| newest >= until);
        (!too_old && !too_new).then_some(meant)
    }

    pub fn path(&self) -> String {
        Path::to("/api/v1/sensors")
            .with("property", self.property.as_ref().map(Property::as_str))
            .with("unit", self.unit.as_deref())
            .moment("observed_since", self.observed_since)
            .moment("observed_until", self.observed_until)
            .flag("in_alarm", self.in_alarm)
            .flag("drill", self.drill)
            .written()
    }
}

/// Everything absent or empty lets everything pass.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct UnitChoice {
    pub heard_since: Option<Timestamp>,
    pub statuses: Vec<String>,
    pub kinds: Vec<String>,
    pub drill: Option<bool>,
    /// The nearest to a place, instead of all.
    pub near: Option<Near>,
}

/// Who is asked for by nearness.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Near {
    pub to: Position,
    pub most: usize,
}

impl UnitChoice {
    pub fn fits(&self, unit: &UnitView) -> bool {
        let among = |wanted: &[String], said: &Option<String>| {
            wanted.is_empty() || said.as_ref().is_some_and(|said| wanted.contains(said))
        };
        self.heard_since.is_none_or(|since| unit.heard_at >= since)
            && among(&self.statuses, &unit.status)
            && among(&self.kinds, &unit.kind)
            && self.drill.is_none_or(|wanted| unit.drill == wanted)
    }

    pub fn path(&self) -> String {
        let near = self.near.map(|near| {
            let (lon, lat) = (near.to.longitude(), near.to.latitude());
            (format!("{lon:.6},{lat:.6}"), near.most.to_string())
        });
        Path::to("/api/v1/units")
            .moment("heard_since", self.heard_since)
            .several("status", &self.statuses)
            .several("kind", &self.kinds)
            .flag("drill", self.drill)
            .with("near", near.as_ref().map(|(to, _)| to.as_str()))
            .with("k", near.as_ref().map(|(_, most)| most.as_str()))
            .written()
    }
}

/// Everything absent or empty lets everything pass.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AlarmChoice {
    pub states: Vec<AlarmState>,
    /// Codes or beginnings of codes.
    pub categories: Vec<String>,
    pub severities: Vec<Severity>,
    pub drill: Option<bool>,
    /// A town's code.
    pub town: Option<String>,
    pub source: Option<String>,
    pub thing: Option<String>,
    pub rule: Option<String>,
    pub stale: Option<bool>,
    pub chattering: Option<bool>,
    /// Muted by the design of the city. Unless said, what is muted is meant only where its state is named.
    pub suppressed: Option<bool>,
}

impl AlarmChoice {
    /// What is muted by design is meant only where it is asked for.
    pub fn fits(&self, alarm: &AlarmView) -> bool {
        let muted = alarm.state == AlarmState::SuppressedByDesign;
        let wanted = match self.suppressed {
            Some(wanted) => wanted == muted,
            None => !muted || self.states.contains(&alarm.state),
        };
        wanted && self.fits_but_muting(alarm)
    }

    /// The same of those that are muted by design: what a list leaves out, and counts.
    pub fn leaves_out(&self, alarm: &AlarmView) -> bool {
        alarm.state == AlarmState::SuppressedByDesign
            && !self.fits(alarm)
            && self.fits_but_muting(alarm)
    }

    fn fits_but_muting(&self, alarm: &AlarmView) -> bool {
        let facets = AlarmFacets {
            category: alarm.category,
            severity: alarm.severity,
        };
        let is = |wanted: &Option<String>, said: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == said
        };
        (self.states.is_empty() || self.states.contains(&alarm.state))
            && self.is_about(facets)
            && self.drill.is_none_or(|wanted| alarm.drill == wanted)
            && is(&self.town, alarm.town_code.as_deref())
            && is(&self.source, Some(alarm.source.as_str()))
            && is(&self.thing, alarm.thing.as_ref().map(ThingId::as_str))
            && is(&self.rule, alarm.rule.as_deref())
            && self.stale.is_none_or(|wanted| alarm.stale == wanted)
            && self
                .chattering
                .is_none_or(|wanted| alarm.chattering == wanted)
    }

    /// Whether an alarm of this kind and level is meant, whatever its state.
    pub fn is_about(&self, facets: AlarmFacets) -> bool {
        let under = |code: crate::category::CategoryCode| {
            self.categories
                .iter()
                .any(|beginning| code.is_under(beginning))
        };
        (self.categories.is_empty() || facets.category.is_some_and(under))
            && (self.severities.is_empty() || self.severities.contains(&facets.severity))
    }

    pub fn path(&self) -> String {
        let states: Vec<String> = self
            .states
            .iter()
            .map(|state| state.name().to_owned())
            .collect();
        let levels: Vec<String> = self
            .severities
            .iter()
            .map(|one| one.level().to_string())
            .collect();
        Path::to("/api/v1/alarms")
            .several("state", &states)
            .several("category", &self.categories)
            .several("severity", &levels)
            .flag("drill", self.drill)
            .with("town", self.town.as_deref())
            .with("source", self.source.as_deref())
            .with("thing", self.thing.as_deref())
            .with("rule", self.rule.as_deref())
            .flag("stale", self.stale)
            .flag("chattering", self.chattering)
            .flag("suppressed", self.suppressed)
            .written()
    }
}

/// A path of the public interface with its query, written piece by piece.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    text: String,
    begun: bool,
}

impl Path {
    pub fn to(path: &str) -> Self {
        Self {
            text: path.to_owned(),
            begun: false,
        }
    }

    pub fn with(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.text.push(if self.begun { '&' } else { '?' });
            self.begun = true;
            self.text.push_str(name);
            self.text.push('=');
            self.text.push_str(&escaped(value));
        }
        self
    }

    /// Separated by commas; nothing of none.
    pub fn several(self, name: &str, values: &[String]) -> Self {
        let joined = values.join(",");
        self.with(
            name,
            Some(joined.as_str()).filter(|joined| !joined.is_empty()),
        )
    }

    pub fn moment(self, name: &str, moment: Option<Timestamp>) -> Self {
        let text = moment.map(|moment| moment.to_rfc3339_utc());
        self.with(name, text.as_deref())
    }

    pub fn flag(self, name: &str, flag: Option<bool>) -> Self {
        self.with(name, flag.map(|flag| if flag { "true" } else { "false" }))
    }

    pub fn written(self) -> String {
        self.text
    }
}

/// RFC 3986: whatever is not unreserved, by its bytes; comma and colon may stand in a query.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,:".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_written_as_a_query_that_can_be_sent() {
        let choice = SensorChoice {
            property: Property::new("NH3-N 氨").ok(),
            unit: Some("ug/m3".into()),
            observed_since: Some(Timestamp::from_millis(1_795_363_200_000)),
            drill: Some(false),
            ..SensorChoice::default()
        };
        assert_eq!(
            choice.path(),
            "/api/v1/sensors?property=NH3-N%20%E6%B0%A8&unit=ug%2Fm3&observed_since=2026-11-22T16:00:00Z&drill=false"
        );
        assert_eq!(UnitChoice::default().path(), "/api/v1/units");
    }
}
