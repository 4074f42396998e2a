//! What is the matter in the city, and who says so: one matter, one to five reports in different words.
//! A pure course; knows the time only as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::category::{Category, CategoryCode, Severity};
use domain::city::City;
use domain::ids::{DepartmentId, JurisdictionCode};
use domain::place::Position;
use domain::time::Timestamp;

use super::chance::Chance;
use super::fleet::UnitKind;
use super::ground::Ground;
use super::phrases::{AGAIN, PHRASES, Phrase, SPOTS, UNCLEAR};

/// So many the desk shows soon after a fresh start, about one a second.
pub const AT_FIRST: usize = 26;
/// What a fresh desk must show whatever the dice say, by the number of the matter: something grave among the small.
const MUST_SHOW: [(u64, &str); 5] = [
    (4, "E0406"),
    (8, "E0416"),
    (13, "E0405"),
    (17, "E0512"),
    (21, "C0202"),
];
/// Two matters stay this far apart, so that two things never look like one.
const APART_M: f64 = 450.0;
const REMEMBERED: usize = 400;
/// Reports that wait for their moment.
const MOST_WAITING: usize = 500;

/// One report, ready to send.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    pub source: &'static str,
    pub id: String,
    pub at: Timestamp,
    pub text: String,
    pub category: Option<CategoryCode>,
    pub severity: Option<Severity>,
    pub position: Position,
    pub accuracy_m: Option<u32>,
    /// Who should drive there; with the first report of a matter only.
    pub calls: Option<UnitKind>,
}

pub struct Matters {
    ground: Arc<Ground>,
    chance: Chance,
    /// Told apart from an earlier start of the demo.
    run: String,
    kinds: Vec<Kind>,
    /// Whose orders somebody of the demo works.
    staffed: Vec<DepartmentId>,
    waiting: BTreeMap<(Timestamp, u64), Report>,
    recent: VecDeque<Position>,
    next_at: Timestamp,
    at_first: usize,
    matters: u64,
    reports: u64,
}

/// A phrase the pack knows the category of; or a category without a phrase, in a pack of other kinds.
#[derive(Clone)]
struct Kind {
    code: CategoryCode,
    weight: u32,
    phrase: Option<&'static Phrase>,
    /// How far a second caller may stand from the matter and still mean the same to fusion, in metres.
    around_m: f64,
}

impl Matters {
    /// `open`: how many incidents already wait; the first burst only fills up.
    pub fn new(
        ground: Arc<Ground>,
        staffed: Vec<DepartmentId>,
        seed: u64,
        started: Timestamp,
        open: usize,
    ) -> Self {
        // A desk that goes on is not told the same things at the same places again.
        let anew = if open == 0 {
            0
        } else {
            started.millis() as u64
        };
        Self {
            kinds: kinds(&ground.city, ground.chinese),
            ground,
            chance: Chance::of(seed, &[0x6d61_7474, anew]),
            run: format!("{:x}", started.millis() / 1000),
            staffed,
            waiting: BTreeMap::new(),
            recent: VecDeque::new(),
            next_at: started,
            at_first: AT_FIRST.saturating_sub(open),
            matters: 0,
            reports: 0,
        }
    }

    /// What is reported up to now. `open` incidents slow new matters down or speed them up.
    pub fn until(&mut self, now: Timestamp, open: usize) -> Vec<Report> {
        while self.next_at <= now && self.waiting.len() < MOST_WAITING {
            let at = self.next_at;
            self.begin(at);
            let pause_s = self.pause_s(open);
            self.next_at = at.plus_millis((pause_s * 1000.0) as i64);
            // After a long stop of the clock, no flood of what was missed.
            if now.since(self.next_at) > 60_000 {
                self.next_at = now;
            }
        }
        let mut said = Vec::new();
        while let Some(first) = self.waiting.first_entry()
            && first.key().0 <= now
        {
            said.push(first.remove());
        }
        said
    }

    fn pause_s(&mut self, open: usize) -> f64 {
        if self.at_first > 0 {
            self.at_first -= 1;
            return self.chance.between(0.7, 1.2);
        }
        let usual_s = self.chance.between(40.0, 90.0);
        match open {
            0..=27 => usual_s * 0.35,
            28..=60 => usual_s,
            61..=70 => usual_s * 2.0,
            _ => usual_s * 4.0,
        }
    }

    fn begin(&mut self, at: Timestamp) {
        self.matters += 1;
        let Some((kind, town, position, place)) = self.chosen(at) else {
            return;
        };
        let unclear =
            self.ground.chinese && self.chance.happens(0.08) && shown_first(self.matters).is_none();
        let count = if unclear {
            1
        } else {
            self.how_often_reported()
        };
        let mut delay_s = 0.0;
        for number in 0..count {
            let here = if number == 0 {
                position
            } else {
                let away = self.chance.noise() * kind.around_m * 0.7;
                position.offset_m(away, self.chance.noise() * kind.around_m * 0.7)
            };
            let (text, category) = if unclear {
                (self.unclear(&place), None)
            } else {
                self.words(&kind, &place, number)
            };
            let worker = category.is_some() && number == 0 && self.chance.happens(0.75);
            let said_at = at.plus_millis((delay_s * 1000.0) as i64);
            let report = Report {
                source: if worker {
                    "demo-grid-worker"
                } else {
                    "demo-hotline-12345"
                },
                id: format!("{}-{}-{number}", self.run, self.matters),
                at: said_at,
                text,
                category,
                severity: self.severity(&kind, category.is_some(), number),
                position: if self.ground.town_at(here) == Some(town) {
                    here
                } else {
                    position
                },
                accuracy_m: self.accuracy(),
                calls: kind
                    .phrase
                    .and_then(|phrase| phrase.calls)
                    .filter(|_| number == 0 && !unclear),
            };
            self.reports += 1;
            self.waiting.insert((said_at, self.reports), report);
            delay_s += self.chance.between(6.0, 75.0);
        }
    }

    fn how_often_reported(&mut self) -> u32 {
        match self.chance.share() {
            once if once < 0.48 => 1,
            twice if twice < 0.74 => 2,
            thrice if thrice < 0.89 => 3,
            often if often < 0.96 => 4,
            _ => 5,
        }
    }

    /// A kind and a place whose order mostly goes to somebody of the demo, away from what was lately the matter.
    fn chosen(&mut self, at: Timestamp) -> Option<(Kind, usize, Position, String)> {
        for last in (0..12).rev() {
            let kind = self.kind()?;
            let town = self.chance.below(self.ground.towns.len());
            let ground = self.ground.clone();
            let (position, name) = ground.somewhere_in(town, &mut self.chance);
            let code = &ground.towns[town].code;
            let nobody = !self.is_staffed(kind.code, code, at) && self.chance.happens(0.8);
            let crowded = self
                .recent
                .iter()
                .any(|other| other.distance_m(position) < APART_M);
            if (nobody || crowded) && last > 0 {
                continue;
            }
            if self.recent.len() >= REMEMBERED {
                self.recent.pop_front();
            }
            self.recent.push_back(position);
            let place = self.place(town, name);
            return Some((kind, town, position, place));
        }
        None
    }

    fn kind(&mut self) -> Option<Kind> {
        if let Some(code) = shown_first(self.matters)
            && let Some(kind) = self.kinds.iter().find(|kind| kind.code.to_string() == code)
        {
            return Some(kind.clone());
        }
        let total: u32 = self.kinds.iter().map(|kind| kind.weight).sum();
        let mut drawn = self.chance.below(total as usize) as u32;
        for kind in &self.kinds {
            if drawn < kind.weight {
                return Some(kind.clone());
            }
            drawn -= kind.weight;
        }
        None
    }

    fn is_staffed(&self, code: CategoryCode, town: &JurisdictionCode, at: Timestamp) -> bool {
        let (date, _) = at.civil(&self.ground.city.zone);
        let rows = self.ground.city.responsible(code, Some(town), date);
        matches!(rows.as_slice(), [row] if self.staffed.contains(&row.lead))
    }

    fn place(&mut self, town: usize, landmark: &str) -> String {
        let town = &self.ground.towns[town];
        match (self.ground.chinese, landmark) {
            (false, "") => town.name_en.clone(),
            (false, landmark) => format!("{landmark}, {}", town.name_en),
            (true, "") => {
                let spot = self.chance.pick(SPOTS).copied().unwrap_or_default();
                format!("{}{spot}", town.name)
            }
            (true, landmark) => format!("{}{landmark}附近", town.name),
        }
    }

    fn unclear(&mut self, place: &str) -> String {
        let words = self.chance.pick(UNCLEAR).copied().unwrap_or_default();
        words.replace("{place}", place)
    }

    /// Text, and the category where whoever reports gives one: grid workers do, callers seldom.
    fn words(&mut self, kind: &Kind, place: &str, number: u32) -> (String, Option<CategoryCode>) {
        let Some(phrase) = kind.phrase else {
            let category = self.ground.city.category(kind.code);
            let name = category.map_or("", |category| match self.ground.chinese {
                true => &category.name,
                false => &category.name_en,
            });
            return (format!("{place}: {name}"), Some(kind.code));
        };
        let own = (self.matters as usize + number as usize) % phrase.says.len();
        let words = phrase.says[own].replace("{place}", place);
        let before = match number {
            0 => "",
            _ => self.chance.pick(AGAIN).copied().unwrap_or_default(),
        };
        let given = self.chance.happens(if number == 0 { 0.55 } else { 0.2 });
        (format!("{before}{words}"), given.then_some(kind.code))
    }

    /// Mostly the kind's own; a grid worker who stands there sometimes knows better.
    fn severity(&mut self, kind: &Kind, knows: bool, number: u32) -> Option<Severity> {
        let usual = self.ground.city.category(kind.code)?.severity;
        if !knows || number > 0 || !self.chance.happens(0.25) {
            return None;
        }
        let milder = Severity::try_from((usual.level() + 1).min(4)).unwrap_or(usual);
        Some(if self.chance.happens(0.7) {
            milder
        } else {
            usual
        })
    }

    /// A phone says how sure it is of its place, seldom very.
    fn accuracy(&mut self) -> Option<u32> {
        self.chance
            .happens(0.4)
            .then(|| self.chance.between(5.0, 30.0) as u32)
    }
}

fn shown_first(matter: u64) -> Option<&'static str> {
    let shown = MUST_SHOW.iter().find(|(number, _)| *number == matter);
    shown.map(|(_, code)| *code)
}

fn kinds(city: &City, chinese: bool) -> Vec<Kind> {
    let around_m = |category: &Category| {
        // Two who stand at opposite ends are still within the radius.
        (f64::from(city.fusion.of(&category.family).radius_m) / 2.0 - 4.0).clamp(3.0, 28.0)
    };
    let of = |code: CategoryCode, weight, phrase| {
        let category = city.category(code)?;
        Some(Kind {
            code,
            weight,
            phrase,
            around_m: around_m(category),
        })
    };
    let mut kinds = Vec::new();
    for phrase in PHRASES.iter().filter(|_| chinese) {
        let code = phrase.category.parse();
        kinds.extend(
            code.ok()
                .and_then(|code| of(code, phrase.weight, Some(phrase))),
        );
    }
    if kinds.is_empty() {
        for category in city.categories.values() {
            // What cannot be told from a caller's seat is left to the sensors.
            let weight = match category.severity {
                Severity::Minor => 8,
                Severity::Moderate => 4,
                Severity::Severe | Severity::Extreme => 1,
            };
            kinds.extend(of(category.code, weight, None));
        }
    }
    kinds
}

#[cfg(test)]
#[path = "matters_tests.rs"]
mod tests;
