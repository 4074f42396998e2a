//! The queries of the lists of sensors, units and alarms, read with every mistake named.

use domain::alarm::AlarmState;
use domain::alarm::load::{LogChoice, Per, What};
use domain::category::Severity;
use domain::choice::{AlarmChoice, Near, SensorChoice, UnitChoice};
use domain::ids::{IdError, Property};
use domain::place::Position;
use domain::time::Timestamp;
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
    near: Option<String>,
    k: Option<String>,
}

/// Nearest units of one answer, and how many if nobody says.
const MOST_NEAR: usize = 200;
const USUAL_NEAR: usize = 5;

impl UnitQuery {
    pub fn checked(self) -> Result<UnitChoice, Vec<Pointed>> {
        let mut mistakes = Vec::new();
        let m = &mut mistakes;
        let mut choice = UnitChoice {
            heard_since: moment(m, "heard_since", self.heard_since.as_deref()),
            statuses: several(m, "status", self.status.as_deref(), word),
            kinds: several(m, "kind", self.kind.as_deref(), word),
            drill: one(m, "drill", self.drill.as_deref(), flag),
            near: one(m, "near", self.near.as_deref(), place).map(|to| Near {
                to,
                most: USUAL_NEAR,
            }),
        };
        let most = one(m, "k", self.k.as_deref(), how_many);
        if most.is_some() && choice.near.is_none() {
            m.push(Pointed {
                pointer: "?k".to_owned(),
                reason: "says how many of the nearest: name the place with near=lon,lat".to_owned(),
            });
        }
        if let (Some(near), Some(most)) = (&mut choice.near, most) {
            near.most = most;
        }
        without(mistakes, choice)
    }
}

/// Longitude, then latitude, in degrees.
fn place(text: &str) -> Result<Position, String> {
    let numbers: Vec<f64> = text
        .split(',')
        .map(|number| number.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|_| format!("\"{text}\" is not a place: lon,lat in degrees"))?;
    let [longitude, latitude] = numbers[..] else {
        return Err(format!("\"{text}\" is not a place: lon,lat in degrees"));
    };
    Position::from_degrees(longitude, latitude).map_err(|error| error.to_string())
}

fn how_many(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(most @ 1..=MOST_NEAR) => Ok(most),
        _ => Err(format!("\"{text}\" is not a number from 1 to {MOST_NEAR}")),
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct AlarmQuery {
    state: Option<String>,
    category: Option<String>,
    severity: Option<String>,
    drill: Option<String>,
    town: Option<String>,
    source: Option<String>,
    thing: Option<String>,
    rule: Option<String>,
    stale: Option<String>,
    chattering: Option<String>,
    suppressed: Option<String>,
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
            stale: one(m, "stale", self.stale.as_deref(), flag),
            chattering: one(m, "chattering", self.chattering.as_deref(), flag),
            suppressed: one(m, "suppressed", self.suppressed.as_deref(), flag),
            town: self.town,
            source: self.source,
            thing: self.thing,
            rule: self.rule,
        };
        without(mistakes, choice)
    }
}

/// Which lines of the log of alarms, and how many.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LogQuery {
    since: Option<String>,
    until: Option<String>,
    what: Option<String>,
    severity: Option<String>,
    source: Option<String>,
    thing: Option<String>,
    rule: Option<String>,
    town: Option<String>,
    by: Option<String>,
    within_ms: Option<String>,
    limit: Option<String>,
}

/// Lines of one answer, and how many if nobody says.
const MOST_LINES: usize = 10_000;
const USUAL_LINES: usize = 1_000;

impl LogQuery {
    pub fn checked(self) -> Result<(LogChoice, usize), Vec<Pointed>> {
        let mut mistakes = Vec::new();
        let m = &mut mistakes;
        let severity = |text: &str| level(text).and_then(Severity::try_from);
        let choice = LogChoice {
            since: moment(m, "since", self.since.as_deref()),
            until: moment(m, "until", self.until.as_deref()),
            what: one(m, "what", self.what.as_deref(), what),
            severity: one(m, "severity", self.severity.as_deref(), severity),
            within_ms: one(m, "within_ms", self.within_ms.as_deref(), number),
            source: self.source,
            thing: self.thing,
            rule: self.rule,
            town: self.town,
            by: self.by,
        };
        let limit = one(m, "limit", self.limit.as_deref(), lines);
        without(mistakes, (choice, limit.unwrap_or(USUAL_LINES)))
    }
}

fn what(text: &str) -> Result<What, IdError> {
    What::ALL
        .into_iter()
        .find(|what| what.name() == text)
        .ok_or_else(|| {
            let known = What::ALL.map(What::name);
            IdError(format!("\"{text}\" is not one of {}", known.join(", ")))
        })
}

fn number(text: &str) -> Result<i64, IdError> {
    text.parse()
        .map_err(|_| IdError(format!("\"{text}\" is not a whole number")))
}

fn lines(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(most @ 1..=MOST_LINES) => Ok(most),
        _ => Err(format!("\"{text}\" is not a number from 1 to {MOST_LINES}")),
    }
}

/// For which time figures of load are asked for, and how they are divided.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LoadQuery {
    since: Option<String>,
    until: Option<String>,
    by: Option<String>,
}

/// A shift, if nobody says.
const USUAL_SPAN_MS: i64 = 8 * 60 * 60 * 1000;
const LONGEST_SPAN_MS: i64 = 31 * 24 * 60 * 60 * 1000;

impl LoadQuery {
    /// Since, until, and what the parts are.
    pub fn checked(
        self,
        now: Timestamp,
    ) -> Result<(Timestamp, Timestamp, Option<Per>), Vec<Pointed>> {
        let mut mistakes = Vec::new();
        let m = &mut mistakes;
        let until = moment(m, "until", self.until.as_deref()).unwrap_or(now);
        let since = moment(m, "since", self.since.as_deref())
            .unwrap_or_else(|| until.plus_millis(-USUAL_SPAN_MS));
        let per = one(m, "by", self.by.as_deref(), per);
        let span_ms = until.since(since);
        if mistakes.is_empty() && !(1..=LONGEST_SPAN_MS).contains(&span_ms) {
            mistakes.push(Pointed {
                pointer: "?until".into(),
                reason: "does not lie after since, and within 31 days of it".into(),
            });
        }
        without(mistakes, (since, until, per))
    }
}

fn per(text: &str) -> Result<Per, IdError> {
    match text {
        "town" => Ok(Per::Town),
        "account" => Ok(Per::Account),
        "severity" => Ok(Per::Severity),
        _ => Err(IdError(format!(
            "\"{text}\" is not one of town, account, severity"
        ))),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(near: Option<&str>, k: Option<&str>) -> Result<Option<Near>, Vec<String>> {
        let query = UnitQuery {
            near: near.map(str::to_owned),
            k: k.map(str::to_owned),
            ..UnitQuery::default()
        };
        let checked = query.checked().map(|choice| choice.near);
        checked.map_err(|mistakes| mistakes.into_iter().map(|one| one.pointer).collect())
    }

    #[test]
    fn the_nearest_are_asked_for_by_a_place_and_how_many() {
        let nancheng = Position::from_degrees(113.7463, 23.0234).expect("a place");
        let near = |most| Some(Near { to: nancheng, most });
        assert_eq!(asked(None, None), Ok(None));
        assert_eq!(asked(Some("113.7463,23.0234"), None), Ok(near(5)));
        assert_eq!(asked(Some("113.7463, 23.0234"), Some("200")), Ok(near(200)));
        for (near, k, mistake) in [
            (Some("23.0234"), None, "?near"),
            (Some("113.7,23.0,5"), None, "?near"),
            (Some("23.0234,113.7463"), None, "?near"),
            (Some("here"), None, "?near"),
            (Some("113.7463,23.0234"), Some("0"), "?k"),
            (Some("113.7463,23.0234"), Some("201"), "?k"),
            (None, Some("3"), "?k"),
        ] {
            assert_eq!(
                asked(near, k),
                Err(vec![mistake.to_owned()]),
                "{near:?} {k:?}"
            );
        }
    }
}
