//! How much alarms ask of operators (ISA-18.2, EEMUA 191), counted from the log of what was told and done. Pure: the same
//! log gives the same figures, and behind each stands the query that lists what it counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::flood::{self, Flood, WINDOW_MS};
use super::{Alarm, AlarmState};
use crate::category::{CategoryCode, Severity};
use crate::choice::{AlarmChoice, Path};
use crate::ids::{AlarmId, SourceId, ThingId};
use crate::time::Timestamp;
use crate::wire::AlarmView;

/// What of an alarm is in the log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Operators were called.
    Told,
    Acknowledged,
    /// It no longer stood.
    Cleared,
    Shelved,
    /// Muted by the design of the city.
    Suppressed,
    OutOfService,
}

impl What {
    pub const ALL: [Self; 6] = [
        Self::Told,
        Self::Acknowledged,
        Self::Cleared,
        Self::Shelved,
        Self::Suppressed,
        Self::OutOfService,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Acknowledged => "acknowledged",
            Self::Cleared => "cleared",
            Self::Shelved => "shelved",
            Self::Suppressed => "suppressed",
            Self::OutOfService => "out_of_service",
        }
    }
}

/// One line of the log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// By the server's clock.
    pub at: Timestamp,
    pub what: What,
    pub alarm: AlarmId,
    pub source: SourceId,
    pub thing: Option<ThingId>,
    pub rule: Option<String>,
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub town: Option<String>,
    /// Who did it, where a person did.
    pub by: Option<String>,
    /// Of an acknowledgement: since it was told. Of a clearing: since it was raised, by the clock of who observed it.
    pub after_ms: Option<i64>,
}

/// What of a change to an alarm is worth a line: nothing of practice and of what is of long ago.
pub fn entries(before: Option<&Alarm>, after: &Alarm, now: Timestamp) -> Vec<Entry> {
    if after.drill || after.history {
        return Vec::new();
    }
    let line = |what, by: Option<&str>, after_ms| Entry {
        at: now,
        what,
        alarm: after.id,
        source: after.source.clone(),
        thing: after.thing.clone(),
        rule: crate::view::rule_of(after),
        category: after.category,
        severity: after.severity,
        town: after.town.as_ref().map(ToString::to_string),
        by: by.map(str::to_owned),
        after_ms,
    };
    let mut lines = Vec::new();
    let is_anew = before.is_none_or(|before| before.told_in != after.told_in);
    if is_anew && !after.state.is_kept_back() {
        lines.push(line(What::Told, None, None));
    }
    let noted_before = before.and_then(|before| before.acknowledged.as_ref());
    if let Some(noted) = &after.acknowledged
        && noted_before != Some(noted)
    {
        let after_ms = noted.at.since(after.told_at);
        lines.push(line(
            What::Acknowledged,
            Some(noted.by.name()),
            Some(after_ms),
        ));
    }
    let stood = before.is_none_or(Alarm::stands);
    if let Some(cleared) = after.cleared_at.filter(|_| stood) {
        let after_ms = cleared.since(after.raised_at);
        lines.push(line(What::Cleared, None, Some(after_ms)));
    }
    let state_before = before.map(|before| before.state);
    if state_before != Some(after.state) || before.is_some_and(|one| one.shelved != after.shelved) {
        match after.state {
            AlarmState::Shelved => {
                let by = after.shelved.as_ref().map(|shelved| shelved.by.name());
                lines.push(line(What::Shelved, by, None));
            }
            AlarmState::SuppressedByDesign => lines.push(line(What::Suppressed, None, None)),
            AlarmState::OutOfService => {
                let by = after.out_of_service.as_ref().map(|out| out.by.name());
                lines.push(line(What::OutOfService, by, None));
            }
            _ => {}
        }
    }
    lines
}

/// Which lines of the log are meant. Everything absent lets everything pass; an empty name means those without one.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LogChoice {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub what: Option<What>,
    pub severity: Option<Severity>,
    pub source: Option<String>,
    pub thing: Option<String>,
    pub rule: Option<String>,
    pub town: Option<String>,
    pub by: Option<String>,
    /// Took at most so long: of clearings, what was fleeting.
    pub within_ms: Option<i64>,
}

impl LogChoice {
    pub fn fits(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, said: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted == said.unwrap_or_default())
        };
        self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
            && self.what.is_none_or(|what| entry.what == what)
            && self.severity.is_none_or(|one| entry.severity == one)
            && is(&self.source, Some(entry.source.as_str()))
            && is(&self.thing, entry.thing.as_ref().map(ThingId::as_str))
            && is(&self.rule, entry.rule.as_deref())
            && is(&self.town, entry.town.as_deref())
            && is(&self.by, entry.by.as_deref())
            && self
                .within_ms
                .is_none_or(|most| entry.after_ms.is_some_and(|took| took <= most))
    }

    pub fn path(&self) -> String {
        let level = self.severity.map(|one| one.level().to_string());
        let within = self.within_ms.map(|most| most.to_string());
        Path::to("/api/v1/alarms/log")
            .moment("since", self.since)
            .moment("until", self.until)
            .with("what", self.what.map(What::name))
            .with("severity", level.as_deref())
            .with("source", self.source.as_deref())
            .with("thing", self.thing.as_deref())
            .with("rule", self.rule.as_deref())
            .with("town", self.town.as_deref())
            .with("by", self.by.as_deref())
            .with("within_ms", within.as_deref())
            .written()
    }
}

/// How figures are divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Town,
    Account,
    Severity,
}

/// A number, and the query of the public interface that lists what it counts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    pub value: u32,
    pub drill: String,
}

/// How fast they came.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rate {
    pub told: Figure,
    /// In ten minutes, on average and at most. None where the time is shorter than that.
    pub average: Option<f64>,
    pub peak: u32,
    /// Of the time.
    pub flood_percent: f64,
}

/// How long people took to take note.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Noting {
    pub acknowledged: Figure,
    pub median_ms: Option<i64>,
    pub p90_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Part {
    /// A town's code, an account, a severity; none where that is not known.
    pub key: Option<String>,
    pub rate: Option<Rate>,
    pub noting: Noting,
}

/// One that alarms more than others.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Actor {
    pub source: SourceId,
    pub thing: Option<ThingId>,
    pub rule: Option<String>,
    pub told: Figure,
    /// Of all that was told.
    pub percent: f64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Priority {
    pub severity: Severity,
    pub told: Figure,
    pub percent: f64,
    /// What it should be near; the two mildest share one.
    pub goal_percent: f64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FloodSpan {
    pub since: Timestamp,
    /// None: it goes on.
    pub until: Option<Timestamp>,
    pub told: Figure,
}

/// What stands of a kind, newest first and no more than fit on a page; the figure counts all.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Standing {
    pub count: Figure,
    pub alarms: Vec<AlarmView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LoadView {
    pub since: Timestamp,
    pub until: Timestamp,
    /// Of before this nothing is known, if that lies within the time asked for.
    pub known_from: Option<Timestamp>,
    pub rate: Rate,
    pub noting: Noting,
    pub now: Flood,
    pub floods: Vec<FloodSpan>,
    pub top: Vec<Actor>,
    /// What the ten of them make of all that was told.
    pub top_percent: f64,
    pub priorities: Vec<Priority>,
    /// Over by themselves before anybody could have done anything.
    pub fleeting: Figure,
    pub stale: Standing,
    pub chattering: Standing,
    pub shelved: Standing,
    pub suppressed: Standing,
    pub out_of_service: Standing,
    pub parts: Vec<Part>,
}

/// What figures are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    pub since: Timestamp,
    pub until: Timestamp,
    pub per: Option<Per>,
    /// Of before this nothing is in the log.
    pub known_from: Option<Timestamp>,
    pub fleeting_ms: i64,
}

/// The ten that alarm most (ISA-18.2).
const TOP: usize = 10;
const MOST_LISTED: usize = 100;
const MOST_FLOODS: usize = 50;

/// Computes the figures of a span from the lines of the log in and shortly before it, by time, and what stands now.
pub fn load<'a>(
    lines: &[Entry],
    standing: impl Iterator<Item = &'a AlarmView> + Clone,
    asked: Asked,
) -> LoadView {
    let span = LogChoice {
        since: Some(asked.since),
        until: Some(asked.until),
        ..LogChoice::default()
    };
    let told: Vec<&Entry> = lines.iter().filter(|one| one.what == What::Told).collect();
    let within: Vec<&Entry> = told.iter().filter(|one| span.fits(one)).copied().collect();
    let moments: Vec<Timestamp> = told.iter().map(|one| one.at).collect();
    let last = Timestamp::from_millis(asked.until.millis() - 1);
    let course = flood::course(&moments, last.max(asked.since));
    let choice = |what| LogChoice {
        what: Some(what),
        ..span.clone()
    };
    let fleeting = LogChoice {
        within_ms: Some(asked.fleeting_ms),
        ..choice(What::Cleared)
    };
    let top = top(&within, &choice(What::Told));
    LoadView {
        since: asked.since,
        until: asked.until,
        known_from: asked.known_from.filter(|from| *from > asked.since),
        rate: rate(&told, &choice(What::Told), asked),
        noting: noting(lines, choice(What::Acknowledged)),
        now: course.now,
        floods: floods(&course, &within, &choice(What::Told), asked),
        top_percent: top.iter().map(|one| one.percent).sum(),
        top,
        priorities: priorities(&within, &choice(What::Told)),
        fleeting: figure(lines.iter(), fleeting),
        stale: standing_as(
            standing.clone(),
            AlarmChoice {
                stale: Some(true),
                ..real()
            },
        ),
        chattering: standing_as(
            standing.clone(),
            AlarmChoice {
                chattering: Some(true),
                ..real()
            },
        ),
        shelved: standing_as(standing.clone(), in_state(AlarmState::Shelved)),
        suppressed: standing_as(standing.clone(), in_state(AlarmState::SuppressedByDesign)),
        out_of_service: standing_as(standing, in_state(AlarmState::OutOfService)),
        parts: asked
            .per
            .map(|per| parts(lines, &told, &span, per, asked))
            .unwrap_or_default(),
    }
}

/// Practice is never counted.
fn real() -> AlarmChoice {
    AlarmChoice {
        drill: Some(false),
        ..AlarmChoice::default()
    }
}

fn in_state(state: AlarmState) -> AlarmChoice {
    AlarmChoice {
        states: vec![state],
        ..real()
    }
}

fn standing_as<'a>(standing: impl Iterator<Item = &'a AlarmView>, choice: AlarmChoice) -> Standing {
    let mut alarms: Vec<&AlarmView> = standing.filter(|one| choice.fits(one)).collect();
    alarms.sort_by_key(|one| std::cmp::Reverse((one.told_at, one.id)));
    Standing {
        count: Figure {
            value: alarms.len() as u32,
            drill: choice.path(),
        },
        alarms: alarms.into_iter().take(MOST_LISTED).cloned().collect(),
    }
}

fn figure<'a>(lines: impl Iterator<Item = &'a Entry>, choice: LogChoice) -> Figure {
    Figure {
        value: lines.filter(|one| choice.fits(one)).count() as u32,
        drill: choice.path(),
    }
}

/// `told` may reach back before the span, so that a flood that had begun is known.
fn rate(told: &[&Entry], choice: &LogChoice, asked: Asked) -> Rate {
    let fitting = LogChoice {
        since: None,
        ..choice.clone()
    };
    let moments: Vec<Timestamp> = told
        .iter()
        .filter(|one| fitting.fits(one))
        .map(|one| one.at)
        .collect();
    let span_ms = asked.until.since(asked.since);
    let course = flood::course(&moments, asked.until);
    let within = &moments[moments.partition_point(|at| *at < asked.since)..];
    Rate {
        told: Figure {
            value: within.len() as u32,
            drill: choice.path(),
        },
        average: (span_ms >= WINDOW_MS)
            .then(|| within.len() as f64 * WINDOW_MS as f64 / span_ms as f64),
        peak: flood::course(within, asked.until).peak,
        flood_percent: percent(course.flooded_ms(asked.since, asked.until), span_ms),
    }
}

fn noting(lines: &[Entry], choice: LogChoice) -> Noting {
    let mut took: Vec<i64> = lines
        .iter()
        .filter(|one| choice.fits(one))
        .filter_map(|one| one.after_ms)
        .collect();
    took.sort_unstable();
    Noting {
        median_ms: quantile(&took, 50),
        p90_ms: quantile(&took, 90),
        acknowledged: Figure {
            value: took.len() as u32,
            drill: choice.path(),
        },
    }
}

/// The least value that so many of a hundred do not exceed (nearest rank).
fn quantile(sorted: &[i64], of_hundred: usize) -> Option<i64> {
    let rank = (sorted.len() * of_hundred).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

fn percent(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    (part as f64 * 1000.0 / whole as f64).round() / 10.0
}

fn floods(
    course: &flood::Course,
    within: &[&Entry],
    choice: &LogChoice,
    asked: Asked,
) -> Vec<FloodSpan> {
    let spans = course.floods.iter().rev();
    spans
        .filter(|(_, until)| until.is_none_or(|until| until > asked.since))
        .take(MOST_FLOODS)
        .map(|(since, until)| {
            let of_it = LogChoice {
                since: Some(*since.max(&asked.since)),
                until: Some(until.unwrap_or(asked.until).min(asked.until)),
                ..choice.clone()
            };
            FloodSpan {
                since: *since,
                until: *until,
                told: figure(within.iter().copied(), of_it),
            }
        })
        .collect()
}

fn top(within: &[&Entry], choice: &LogChoice) -> Vec<Actor> {
    let mut counts: BTreeMap<(&SourceId, Option<&ThingId>, Option<&str>), u32> = BTreeMap::new();
    for one in within {
        let of = (&one.source, one.thing.as_ref(), one.rule.as_deref());
        *counts.entry(of).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
        .into_iter()
        .take(TOP)
        .map(|((source, thing, rule), count)| {
            let of_it = LogChoice {
                source: Some(source.to_string()),
                thing: Some(thing.map(ToString::to_string).unwrap_or_default()),
                rule: Some(rule.unwrap_or_default().to_owned()),
                ..choice.clone()
            };
            Actor {
                source: source.clone(),
                thing: thing.cloned(),
                rule: rule.map(str::to_owned),
                told: Figure {
                    value: count,
                    drill: of_it.path(),
                },
                percent: percent(i64::from(count), within.len() as i64),
            }
        })
        .collect()
}

/// Near 5, 15 and 80 of a hundred, from the highest down (EEMUA 191).
fn priorities(within: &[&Entry], choice: &LogChoice) -> Vec<Priority> {
    let goals = [5.0, 15.0, 80.0, 80.0];
    Severity::ALL
        .into_iter()
        .zip(goals)
        .map(|(severity, goal_percent)| {
            let of_it = LogChoice {
                severity: Some(severity),
                ..choice.clone()
            };
            let told = figure(within.iter().copied(), of_it);
            Priority {
                severity,
                percent: percent(i64::from(told.value), within.len() as i64),
                told,
                goal_percent,
            }
        })
        .collect()
}

fn parts(lines: &[Entry], told: &[&Entry], span: &LogChoice, per: Per, asked: Asked) -> Vec<Part> {
    let key = |one: &Entry| match per {
        Per::Town => one.town.clone(),
        Per::Account => one.by.clone(),
        Per::Severity => Some(one.severity.level().to_string()),
    };
    let counted = lines.iter().filter(|one| span.fits(one)).filter(|one| {
        one.what == What::Acknowledged || (one.what == What::Told && per != Per::Account)
    });
    let mut keys: Vec<Option<String>> = counted.map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|of| {
            let mut choice = span.clone();
            match per {
                Per::Town => choice.town = Some(of.clone().unwrap_or_default()),
                Per::Account => choice.by = Some(of.clone().unwrap_or_default()),
                Per::Severity => {
                    choice.severity = of
                        .as_deref()
                        .and_then(|level| level.parse::<u8>().ok())
                        .and_then(|level| Severity::try_from(level).ok());
                }
            }
            let here: Vec<Entry> = lines.iter().filter(|one| key(one) == of).cloned().collect();
            let told: Vec<&Entry> = told.iter().filter(|one| key(one) == of).copied().collect();
            let of_what = |what| LogChoice {
                what: Some(what),
                ..choice.clone()
            };
            Part {
                rate: (per != Per::Account).then(|| rate(&told, &of_what(What::Told), asked)),
                noting: noting(&here, of_what(What::Acknowledged)),
                key: of,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
