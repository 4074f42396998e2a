//! The queries of the lists of sensors, units and alarms, read with every mistake named.

use domain::alarm::AlarmState;
use domain::category::Severity;
use domain::choice::{AlarmChoice, SensorChoice, UnitChoice};
use domain::ids::{IdError, Property};
use serde::Deserialize;

use super::list_query::{filled, flag, level, moment, one, several};
use super::problem::Pointed;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct SensorQuery {
    property: Option<String>,
    unit: Option<String>,
    observed_since: Option<String>,
    observed_until: Option<String>,
    in_alarm: Option<String>,
    drill: Option<String>,
}

impl SensorQuery {
    pub fn checked(self) -> Result<SensorChoice, Vec<Pointed>> {
        let mut mistakes = Vec::new();
        let m = &mut mistakes;
        let choice = SensorChoice {
            property: one(m, "property", self.property.as_deref(), Property::new),
            unit: filled(self.unit),
            observed_since: moment(m, "observed_since", self.observed_since.as_deref()),
            observed_until: moment(m, "observed_until", self.observed_until.as_deref()),
            in_alarm: one(m, "in_alarm", self.in_alarm.as_deref(), flag),
            drill: one(m, "drill", self.drill.as_deref(), flag),
        };
        without(mistakes, choice)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct UnitQuery {
    heard_since: Option<String>,
    status: Option<String>,
    kind: Option<String>,
    drill: Option<String>,
}

impl UnitQuery {
    pub fn checked(self) -> Result<UnitChoice, Vec<Pointed>> {
        let mut mistakes = Vec::new();
        let m = &mut mistakes;
        let choice = UnitChoice {
            heard_since: moment(m, "heard_since", self.heard_since.as_deref()),
            statuses: several(m, "status", self.status.as_deref(), word),
            kinds: several(m, "kind", self.kind.as_deref(), word),
            drill: one(m, "drill", self.drill.as_deref(), flag),
        };
        without(mistakes, choice)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct AlarmQuery {
    state: Option<String>,
    category: Option<String>,
    severity: Option<String>,
    drill: Option<String>,
}

impl AlarmQuery {
    pub fn checked(self) -> Result<AlarmChoice, Vec<Pointed>> {
        let mut mistakes = Vec::new();
        let m = &mut mistakes;
        let severity = |text: &str| level(text).and_then(Severity::try_from);
        let choice = AlarmChoice {
            states: several(m, "state", self.state.as_deref(), state),
            categories: several(m, "category", self.category.as_deref(), word),
            severities: several(m, "severity", self.severity.as_deref(), severity),
            drill: one(m, "drill", self.drill.as_deref(), flag),
        };
        without(mistakes, choice)
    }
}

fn without<T>(mistakes: Vec<Pointed>, value: T) -> Result<T, Vec<Pointed>> {
    if mistakes.is_empty() {
        Ok(value)
    } else {
        Err(mistakes)
    }
}

fn word(text: &str) -> Result<String, IdError> {
    Ok(text.to_owned())
}

fn state(text: &str) -> Result<AlarmState, IdError> {
    AlarmState::ALL
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or_else(|| {
            let known = AlarmState::ALL.map(AlarmState::name);
            IdError(format!(
                "\"{text}\" is not a state of an alarm; the states are {}",
                known.join(", ")
            ))
        })
}
