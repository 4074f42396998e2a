//! The day's story: what is the matter, where and when, and who says so in which words. All of it is settled before the
//! first observation is sent; labels come from here and never from a rule.

mod calls;
mod doubts;
mod events;
mod faults;
mod matter;
mod ordinary;
mod storm;

use std::collections::BTreeMap;

use domain::category::CategoryCode;
use domain::ids::{DepartmentId, ObservationId, SourceId};
use domain::place::Position;
use domain::time::{CivilDate, Timestamp};

use super::chance::Chance;
use super::fleet::Fleet;
use super::ground::Ground;
use super::observation::Observation;
use super::sensors::Sensors;
use super::truth::{DecidedBy, Truth};
use super::{Options, words};

pub use calls::RESENDING;
use matter::{Matter, Spot};

/// Same kind, same place: two matters stay this far apart unless the story wants them near.
const APART_M: f64 = 700.0;

/// One report or alarm, and what is true of it; the truth with its first version only.
pub struct Told {
    pub observation: Observation,
    pub truth: Option<Truth>,
}

/// Whose clock is wrong, and by how much.
struct WrongClock {
    town: usize,
    ahead_s: i64,
}

/// A story being written.
pub struct Story<'g> {
    ground: &'g Ground,
    fleet: &'g mut Fleet,
    sensors: &'g mut Sensors,
    chance: Chance,
    start: Timestamp,
    date: CivilDate,
    noise: f64,
    /// A course of its own, so that a day without doubts stays the day it was.
    doubts: Chance,
    ambiguous: f64,
    matters: Vec<Matter>,
    told: Vec<Told>,
    revised: Vec<Truth>,
    wrong_clock: WrongClock,
    serial: u32,
}

/// A story that is finished.
pub struct Written {
    /// In the order they are sent.
    pub told: Vec<Told>,
    /// What stands for the whole day.
    pub truths: Vec<Truth>,
    /// By the number of the matter: what a reading of it is evidence of.
    pub signs: Vec<Truth>,
}

/// Writes the whole day; the stations it needs are set up, the units it needs are sent.
pub fn write(
    ground: &Ground,
    fleet: &mut Fleet,
    sensors: &mut Sensors,
    start: Timestamp,
    seed: u64,
    options: &Options,
) -> Written {
    let mut chance = Chance::of(seed, &[0x7374_6f72]);
    let wrong_clock = WrongClock {
        town: chance.below(ground.towns.len()),
        ahead_s: -60 * (6 + chance.below(6) as i64),
    };
    let (date, _) = start.civil(&ground.city.zone);
    let mut story = Story {
        ground,
        fleet,
        sensors,
        chance,
        start,
        date,
        noise: options.noise,
        doubts: Chance::of(seed, &[0x646f_7562]),
        ambiguous: options.ambiguous,
        matters: Vec::new(),
        told: Vec::new(),
        revised: Vec::new(),
        wrong_clock,
        serial: 0,
    };
    story.events();
    story.storm();
    story.faults();
    story.ordinary();
    story.finished()
}

impl Story<'_> {
    /// A new matter of a kind; none where the pack does not know it.
    fn begin(&mut self, code: &str, at_s: f64, spot: Spot, remark: &'static str) -> Option<usize> {
        let category: CategoryCode = code.parse().ok()?;
        let known = self.ground.city.category(category)?;
        self.matters.push(Matter {
            number: self.matters.len(),
            category: Some(category),
            family: known.family.clone(),
            kind: words::kind(code).filter(|_| self.ground.chinese),
            spot,
            from_s: at_s,
            until_s: at_s,
            spread_m: 12.0,
            drill: false,
            story: self.chance.below(64),
            first_words: self.chance.below(64),
            told: 0,
            worst_accuracy_m: 300.0,
            doubt: None,
            remark,
        });
        Some(self.matters.len() - 1)
    }

    /// Somewhere people live, away from other matters of the kind.
    fn somewhere(&mut self, code: &str, towns: &[usize]) -> Option<Spot> {
        let family = self.family(code);
        let ground = self.ground;
        for _ in 0..40 {
            let at_landmark = towns.is_empty() && self.chance.happens(0.12);
            let found = if at_landmark {
                ground.at_a_landmark(&mut self.chance)
            } else {
                let town = match self.chance.pick(towns) {
                    Some(town) => *town,
                    None => self.chance.below(ground.towns.len()),
                };
                let (position, landmark) = ground.somewhere_in(town, &mut self.chance);
                Some((town, position, landmark))
            };
            let Some((town, position, landmark)) = found else {
                continue;
            };
            if self.is_lonely(&family, position) {
                return Some(self.spot(town, position, landmark, at_landmark));
            }
        }
        None
    }

    fn spot(&mut self, town: usize, position: Position, landmark: &str, right_there: bool) -> Spot {
        Spot::of(
            self.ground,
            town,
            position,
            landmark,
            right_there,
            &mut self.chance,
        )
    }

    /// So many metres off, in some direction, still in the city.
    fn near(&mut self, spot: &Spot, least_m: f64, most_m: f64) -> Spot {
        for _ in 0..64 {
            let away_m = self.chance.between(least_m, most_m);
            let angle = self.chance.between(0.0, std::f64::consts::TAU);
            let position = spot
                .position
                .offset_m(away_m * libm::sin(angle), away_m * libm::cos(angle));
            if let Some(town) = self.ground.town_at(position) {
                return self.spot(town, position, "", false);
            }
        }
        spot.clone()
    }

    fn family(&self, code: &str) -> String {
        let category = code.parse().ok();
        let category = category.and_then(|code| self.ground.city.category(code));
        category.map_or_else(String::new, |category| category.family.clone())
    }

    fn is_lonely(&self, family: &str, position: Position) -> bool {
        self.matters.iter().all(|other| {
            other.family != family || other.spot.position.distance_m(position) > APART_M
        })
    }

    /// The one department the table names for a kind in a town on the day.
    fn lead(&self, category: Option<CategoryCode>, town: usize) -> Option<DepartmentId> {
        let category = category?;
        if self.ground.city.tray_categories.contains(&category) {
            return None;
        }
        let town = &self.ground.towns[town].code;
        let rows = self
            .ground
            .city
            .responsible(category, Some(town), self.date);
        match rows.as_slice() {
            [row] => Some(row.lead.clone()),
            _ => None,
        }
    }

    /// What nobody can name, and what the table or the pack leaves open, is for people.
    fn decided_by(&self, matter: &Matter) -> DecidedBy {
        match (&matter.doubt, self.lead(matter.category, matter.spot.town)) {
            (_, None) => DecidedBy::Person,
            (Some(doubt), Some(_)) => doubt.decided_by,
            (None, Some(_)) => DecidedBy::Machine,
        }
    }

    fn at(&self, second: f64) -> Timestamp {
        self.start.plus_millis(libm::round(second) as i64 * 1_000)
    }

    fn finished(mut self) -> Written {
        self.told.sort_by(|a, b| {
            let order = |told: &Told| (told.observation.sent_at, told.observation.version);
            order(a)
                .cmp(&order(b))
                .then_with(|| a.observation.id.cmp(&b.observation.id))
        });
        self.number_the_calls();
        let signs = (0..self.matters.len())
            .map(|number| self.sign(number))
            .collect();
        let mut truths: Vec<Truth> = self
            .matters
            .iter()
            .map(|matter| Truth::Matter {
                id: matter.name(),
                category: matter.category,
                position: matter.spot.position,
                town: self.ground.towns[matter.spot.town].code.clone(),
                department: self.lead(matter.category, matter.spot.town),
                from_s: matter.from_s as u32,
                until_s: matter.until_s as u32,
                drill: matter.drill,
                decided_by: self.decided_by(matter),
                ambiguity: matter.doubt.as_ref().map(|doubt| doubt.ambiguity),
                fits: matter
                    .doubt
                    .as_ref()
                    .map_or_else(Vec::new, |doubt| doubt.fits.clone()),
                remark: matter.remark.to_owned(),
            })
            .collect();
        truths.push(Truth::Clock {
            source: source(calls::TOWN_HOTLINE),
            ahead_s: self.wrong_clock.ahead_s,
        });
        truths.append(&mut self.revised);
        truths.extend(self.silences());
        truths.extend(self.same_units());
        Written {
            told: self.told,
            truths,
            signs,
        }
    }

    /// Orders get their numbers as they come in, so that a number tells nothing of the matter.
    fn number_the_calls(&mut self) {
        let mut names: BTreeMap<ObservationId, ObservationId> = BTreeMap::new();
        for told in &mut self.told {
            let next = names.len() + 1;
            let new = names
                .entry(told.observation.id.clone())
                .or_insert_with(|| id(&format!("{}-{next:05}", self.date)));
            told.observation.id = new.clone();
            if let Some(Truth::Evidence { id, .. }) = &mut told.truth {
                *id = new.clone();
            }
        }
        for truth in &mut self.revised {
            if let Truth::Revised { id, .. } = truth
                && let Some(new) = names.get(id)
            {
                *id = new.clone();
            }
        }
    }

    fn sign(&self, number: usize) -> Truth {
        let matter = &self.matters[number];
        Truth::Evidence {
            source: source("sign"),
            id: id("sign"),
            matter: matter.category.map(|_| matter.name()),
            category: matter.category,
            position: Some(matter.spot.position),
            town: Some(self.ground.towns[matter.spot.town].code.clone()),
            department: self.lead(matter.category, matter.spot.town),
            drill: matter.drill,
            category_given: true,
            suspect: None,
        }
    }

    fn same_units(&self) -> Vec<Truth> {
        let twice = self.fleet.units.iter().filter_map(|unit| {
            Some(Truth::SameUnit {
                source: source(unit.kind.source()),
                thing: unit.thing.clone(),
                also_source: source(super::SECOND_HEARING),
                also: unit.also.clone()?,
            })
        });
        twice.collect()
    }
}

/// The name of a system.
pub fn source(name: &str) -> SourceId {
    SourceId::new(name).expect("a short word is an id")
}

pub fn id(name: &str) -> ObservationId {
    ObservationId::new(name).expect("a short word is an id")
}
