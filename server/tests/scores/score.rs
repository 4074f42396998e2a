//! Counting: pairs of evidence, words to kinds, first dispatches; each miss with its reason.

use std::collections::BTreeMap;
use std::fmt;

use domain::category::CategoryCode;
use domain::city::City;
use domain::ids::{DepartmentId, IncidentId};
use domain::incident::Evidence;
use gulou::scenario::Truth;

use crate::Played;

/// Misses of one sort that are printed; the rest are only counted.
const MOST_PRINTED: usize = 60;

/// What is true of one piece.
struct Known {
    matter: Option<String>,
    category: Option<CategoryCode>,
    department: Option<DepartmentId>,
    category_given: bool,
}

#[derive(Default)]
struct Ratio {
    right: u32,
    of: u32,
    misses: Vec<String>,
}

impl Ratio {
    fn count(&mut self, right: bool, miss: impl FnOnce() -> String) {
        self.of += 1;
        if right {
            self.right += 1;
        } else {
            self.misses.push(miss());
        }
    }

    fn share(&self) -> f64 {
        f64::from(self.right) / f64::from(self.of.max(1))
    }
}

pub struct Scores {
    joined_rightly: u64,
    joined_wrongly: u64,
    left_apart: u64,
    fusion_misses: Vec<String>,
    words: Ratio,
    dispatch: Ratio,
    /// Evidence nothing is known of, as of a threshold somebody else broke.
    unknown: u32,
}

impl Scores {
    pub fn of(city: &City, played: &Played) -> Self {
        let known = known(&played.truths);
        let mut scores = Self {
            joined_rightly: 0,
            joined_wrongly: 0,
            left_apart: 0,
            fusion_misses: Vec::new(),
            words: Ratio::default(),
            dispatch: Ratio::default(),
            unknown: 0,
        };
        let mut pieces: Vec<(&Evidence, &Known)> = Vec::new();
        for evidence in played.picture.evidence.values() {
            match known.get(&name(
                evidence.source.as_str(),
                evidence.observation.as_str(),
            )) {
                Some(truth) => pieces.push((evidence, truth)),
                None => scores.unknown += 1,
            }
        }
        scores.count_pairs(&pieces);
        for (evidence, truth) in &pieces {
            scores.count_words(evidence, truth);
        }
        scores.count_dispatches(city, played, &pieces);
        scores
    }

    pub fn fusion_f1(&self) -> f64 {
        let wrong = self.joined_wrongly + self.left_apart;
        let right = 2.0 * self.joined_rightly as f64;
        right / (right + wrong as f64).max(1.0)
    }

    pub fn words(&self) -> f64 {
        self.words.share()
    }

    pub fn dispatch(&self) -> f64 {
        self.dispatch.share()
    }

    fn count_pairs(&mut self, pieces: &[(&Evidence, &Known)]) {
        for (index, (one, known)) in pieces.iter().enumerate() {
            for (two, also) in &pieces[index + 1..] {
                let together = one.incident == two.incident;
                let same = known.matter.is_some() && known.matter == also.matter;
                match (together, same) {
                    (true, true) => self.joined_rightly += 1,
                    (false, false) => {}
                    (true, false) => {
                        self.joined_wrongly += 1;
                        let why = format!("joined: {} | {}", told(one, known), told(two, also));
                        self.fusion_misses.push(why);
                    }
                    (false, true) => {
                        self.left_apart += 1;
                        let why = format!("apart: {} | {}", told(one, known), told(two, also));
                        self.fusion_misses.push(why);
                    }
                }
            }
        }
    }

    fn count_words(&mut self, evidence: &Evidence, known: &Known) {
        let (false, Some(category)) = (known.category_given, known.category) else {
            return;
        };
        self.words.count(evidence.category == Some(category), || {
            let said = evidence
                .category
                .map_or_else(|| "nothing".to_owned(), |code| code.to_string());
            format!("{category} taken for {said}: {}", evidence.text)
        });
    }

    /// The department that the matter of an incident's first piece asks for.
    fn count_dispatches(&mut self, city: &City, played: &Played, pieces: &[(&Evidence, &Known)]) {
        let mut first: BTreeMap<IncidentId, (&Evidence, &Known)> = BTreeMap::new();
        for (evidence, truth) in pieces {
            let opener = first
                .entry(evidence.incident)
                .or_insert((*evidence, *truth));
            if evidence.id < opener.0.id {
                *opener = (*evidence, *truth);
            }
        }
        for (incident, (evidence, truth)) in first {
            let (Some(lead), Some(wanted)) = (played.first_lead.get(&incident), &truth.department)
            else {
                continue;
            };
            self.dispatch.count(lead == wanted, || {
                let place = played.picture.incidents[&incident].town.as_ref();
                let town = place.map(|town| {
                    domain::explain::town_name(city, domain::language::Language::Zh, town)
                });
                format!(
                    "{wanted} wanted, {lead} sent ({town:?}, {:?}): {}",
                    evidence.category.map(|code| code.to_string()),
                    evidence.text
                )
            });
        }
    }
}

fn name(source: &str, id: &str) -> String {
    format!("{source}\n{id}")
}

fn told(evidence: &Evidence, known: &Known) -> String {
    format!(
        "[{} {} {} ±{:?} {}] {}",
        known.matter.as_deref().unwrap_or("-"),
        evidence
            .category
            .map_or_else(|| "?".to_owned(), |code| code.to_string()),
        evidence.time.millis() / 60_000 % 1440,
        evidence.accuracy_m,
        evidence
            .position
            .map_or_else(String::new, |at| format!("{},{}", at.lon_e6(), at.lat_e6())),
        evidence.text
    )
}

fn known(truths: &[Truth]) -> BTreeMap<String, Known> {
    let mut known = BTreeMap::new();
    for truth in truths {
        if let Truth::Evidence {
            source,
            id,
            matter,
            category,
            department,
            category_given,
            ..
        } = truth
        {
            known.insert(
                name(source.as_str(), id.as_str()),
                Known {
                    matter: matter.clone(),
                    category: *category,
                    department: department.clone(),
                    category_given: *category_given,
                },
            );
        }
    }
    known
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "fusion F1 {:.4} ({} pairs right, {} joined wrongly, {} left apart), {} pieces without truth",
            self.fusion_f1(),
            self.joined_rightly,
            self.joined_wrongly,
            self.left_apart,
            self.unknown
        )?;
        for (what, ratio) in [("words", &self.words), ("dispatch", &self.dispatch)] {
            writeln!(
                f,
                "{what} {:.4} ({} of {})",
                ratio.share(),
                ratio.right,
                ratio.of
            )?;
            for miss in ratio.misses.iter().take(MOST_PRINTED) {
                writeln!(f, "  {miss}")?;
            }
        }
        for miss in self.fusion_misses.iter().take(MOST_PRINTED) {
            writeln!(f, "  {miss}")?;
        }
        Ok(())
    }
}
