//! What the log of a rehearsal comes to against the truth: whether the first department was the right one, how many were sent,
//! how long it took, and which kinds were taken for which.

use std::collections::BTreeMap;

use domain::category::CategoryCode;
use domain::city::City;
use domain::ids::{DepartmentId, IncidentId};
use domain::incident::EvidenceKind;

use super::Rehearsed;
use crate::scenario::{Ambiguity, DecidedBy, Truth};

/// Cases that begin this late in the day may not be through at its end.
const TOO_LATE_S: u32 = 84_600;

/// Cases of one sort.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Dispatches {
    pub cases: u32,
    pub right: u32,
    pub by_machine: u32,
    pub by_machine_right: u32,
    /// Nobody was sent, though somebody should have been.
    pub nobody: u32,
    pub hops: u32,
}

impl Dispatches {
    pub fn right_percent(&self) -> f64 {
        100.0 * f64::from(self.right) / f64::from(self.cases.max(1))
    }

    pub fn machine_right_percent(&self) -> f64 {
        100.0 * f64::from(self.by_machine_right) / f64::from(self.by_machine.max(1))
    }

    /// Of those who got somebody.
    pub fn mean_hops(&self) -> f64 {
        f64::from(self.hops) / f64::from((self.cases - self.nobody).max(1))
    }

    pub fn left_percent(&self) -> f64 {
        100.0 - 100.0 * f64::from(self.by_machine) / f64::from(self.cases.max(1))
    }
}

/// Several days together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Score {
    pub all: Dispatches,
    /// By what makes a case hard; None: nothing does.
    pub by_ambiguity: BTreeMap<Option<Ambiguity>, Dispatches>,
    /// True class → what the machine made of it: a class, or None for the tray.
    pub classes: BTreeMap<String, BTreeMap<Option<String>, u32>>,
    /// True kind and the kind it was taken for at a wrong first dispatch.
    pub confusions: BTreeMap<(CategoryCode, Option<CategoryCode>), u32>,
    /// Of cases a machine can decide, from the first report's sending to the first dispatch, in milliseconds.
    pub waits_ms: Vec<i64>,
    /// Nobody could tell from the words what it is, and the machine sent somebody.
    pub sent_though_unclear: u32,
    /// A sensor said what is not so, and the machine sent somebody.
    pub sent_for_faults: u32,
    /// Each wrong first dispatch, in words.
    pub misses: Vec<String>,
}

struct Case<'t> {
    category: CategoryCode,
    department: &'t DepartmentId,
    decided_by: DecidedBy,
    ambiguity: Option<Ambiguity>,
}

impl Score {
    pub fn add(&mut self, city: &City, day: &Rehearsed) {
        let mut cases: BTreeMap<&str, Case<'_>> = BTreeMap::new();
        let mut of_piece: BTreeMap<(String, String), Option<&str>> = BTreeMap::new();
        for truth in &day.truths {
            match truth {
                Truth::Matter {
                    id,
                    category: Some(category),
                    department: Some(department),
                    from_s,
                    decided_by,
                    ambiguity,
                    ..
                } if *from_s < TOO_LATE_S => {
                    let case = Case {
                        category: *category,
                        department,
                        decided_by: *decided_by,
                        ambiguity: *ambiguity,
                    };
                    cases.insert(id, case);
                }
                Truth::Evidence {
                    source, id, matter, ..
                } => {
                    let name = (source.to_string(), id.to_string());
                    of_piece.insert(name, matter.as_deref());
                }
                _ => {}
            }
        }
        let mut first: BTreeMap<&str, (i64, IncidentId, &str)> = BTreeMap::new();
        for piece in day.picture.evidence.values() {
            let name = (piece.source.to_string(), piece.observation.to_string());
            let Some(sent) = day.sent.get(&name) else {
                continue;
            };
            match of_piece.get(&name) {
                Some(Some(matter)) => {
                    let here = (sent.millis(), piece.incident, piece.text.as_str());
                    let earliest = first.entry(matter).or_insert(here);
                    *earliest = (*earliest).min(here);
                }
                Some(None) if self.is_sent_by_machine(day, piece.incident) => {
                    let of_it = day.picture.evidence_of.get(&piece.incident);
                    if of_it.is_some_and(|all| all.len() == 1) {
                        match piece.kind {
                            EvidenceKind::Report => self.sent_though_unclear += 1,
                            _ => self.sent_for_faults += 1,
                        }
                    }
                }
                _ => {}
            }
        }
        for (matter, case) in &cases {
            if let Some((sent_ms, incident, text)) = first.get(matter) {
                self.count(city, day, case, *sent_ms, *incident, text);
            }
        }
    }

    fn is_sent_by_machine(&self, day: &Rehearsed, incident: IncidentId) -> bool {
        let log = day.dispatches.get(&incident).and_then(|log| log.first());
        log.is_some_and(|sent| sent.by_machine)
    }

    fn count(
        &mut self,
        city: &City,
        day: &Rehearsed,
        case: &Case<'_>,
        sent_ms: i64,
        incident: IncidentId,
        text: &str,
    ) {
        let log = day.dispatches.get(&incident).map_or(&[][..], Vec::as_slice);
        let sent = log.first();
        let right = sent.is_some_and(|sent| sent.lead == *case.department);
        let by_machine = sent.is_some_and(|sent| sent.by_machine);
        let of_its_sort = self.by_ambiguity.entry(case.ambiguity).or_default();
        for counted in [&mut self.all, of_its_sort] {
            counted.cases += 1;
            counted.right += u32::from(right);
            counted.by_machine += u32::from(by_machine);
            counted.by_machine_right += u32::from(by_machine && right);
            counted.nobody += u32::from(sent.is_none());
            counted.hops += log.len() as u32;
        }
        let taken_for = sent.filter(|sent| sent.by_machine).map(|sent| {
            let class = sent.category.and_then(|code| city.category(code));
            class.map_or_else(String::new, |class| class.code.class())
        });
        *self
            .classes
            .entry(case.category.class())
            .or_default()
            .entry(taken_for)
            .or_default() += 1;
        let Some(sent) = sent else {
            return;
        };
        if case.decided_by == DecidedBy::Machine {
            self.waits_ms.push(sent.at.millis() - sent_ms);
        }
        if !right {
            let confusion = (case.category, sent.category);
            *self.confusions.entry(confusion).or_default() += 1;
            let who = if sent.by_machine { "machine" } else { "person" };
            let taken = sent
                .category
                .map_or_else(String::new, |code| code.to_string());
            self.misses.push(format!(
                "{:?}, {who}: {} {} wanted, {taken} {} sent: {text}",
                case.ambiguity, case.category, case.department, sent.lead
            ));
        }
    }

    /// Half waited no longer.
    pub fn median_wait_ms(&self) -> i64 {
        let mut waits = self.waits_ms.clone();
        waits.sort_unstable();
        waits.get(waits.len() / 2).copied().unwrap_or_default()
    }
}
