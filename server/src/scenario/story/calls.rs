//! Who says that something is the matter: callers in their own words and as sure of their place as their phone is, grid
//! workers who stand there, and those who correct themselves.

use domain::category::{CategoryCode, Severity};
use domain::ids::ThingId;
use domain::place::Position;

use super::matter::{Doubt, Saying};
use super::{Story, Told, id, source};
use crate::scenario::fleet::UnitKind;
use crate::scenario::observation::{Body, Observation};
use crate::scenario::truth::Truth;
use crate::scenario::words;

pub const HOTLINE: &str = "hotline-12345";
/// A town's own hotline, whose clock is wrong.
pub const TOWN_HOTLINE: &str = "town-hotline";
const GRID_WORKER: &str = "grid-worker";
const FIRE_PANELS: &str = "fire-panels";
/// Feeds that send whole batches again.
pub const RESENDING: [&str; 2] = [GRID_WORKER, "outfall-monitors"];

/// Within a stated accuracy lie two of three (as phones mean it): the scale of a Rayleigh distribution.
const TWO_OF_THREE: f64 = 1.51;

impl Story<'_> {
    /// One caller; what they say, where they think they are.
    pub fn call(&mut self, matter: usize, at_s: f64) {
        let category = self.matters[matter].category;
        self.call_as(matter, at_s, category);
    }

    /// A caller who describes another kind than the one the matter has for those who know all of it.
    pub fn call_as(&mut self, matter: usize, at_s: f64, category: Option<CategoryCode>) {
        let of = &self.matters[matter];
        let (town, at_landmark, drill) = (of.spot.town, of.spot.at_landmark, of.drill);
        let text = self.caller_s_words(matter, category);
        let lost = at_landmark && self.chance.happens(0.35);
        let (position, accuracy_m) = if lost {
            (None, None)
        } else {
            let accuracy_m = self.caller_s_accuracy(matter);
            let position = self.perceived(matter, f64::from(accuracy_m));
            (Some(position), Some(accuracy_m))
        };
        let wrong_clock = town == self.wrong_clock.town && self.chance.happens(0.6);
        let (source_name, ahead_s) = match wrong_clock {
            true => (TOWN_HOTLINE, self.wrong_clock.ahead_s),
            false => (HOTLINE, 0),
        };
        // In a pack of another language the form asks for the kind.
        let given = match &self.matters[matter].doubt {
            Some(Doubt {
                said: Saying::Ticked(wrong),
                ..
            }) => Some(*wrong),
            _ => category.filter(|_| !self.ground.chinese),
        };
        let typed_s = self.chance.between(8.0, 70.0);
        self.serial += 1;
        let observation = Observation {
            sent_at: self.at(at_s + typed_s),
            time: self.at(at_s).plus_millis(ahead_s * 1_000),
            source: source(source_name),
            id: id(&format!("call-{:06}", self.serial)),
            version: 1,
            position,
            accuracy_m,
            drill,
            demo: false,
            body: Body::Report {
                text,
                category: given,
                severity: None,
            },
        };
        let revises = self.chance.happens(0.1) && !drill;
        let revision = revises.then(|| self.revision(matter, &observation, category));
        let named = match &revision {
            Some(Body::Report { category, .. }) => category.is_some(),
            _ => given.is_some(),
        };
        let later_s = self.chance.between(120.0, 900.0);
        if let Some(body) = revision {
            let sent_at = observation.sent_at.plus_millis(later_s as i64 * 1_000);
            self.revised.push(Truth::Revised {
                source: observation.source.clone(),
                id: observation.id.clone(),
                version: 2,
            });
            self.told.push(Told {
                observation: Observation {
                    sent_at,
                    version: 2,
                    body,
                    ..observation.clone()
                },
                truth: None,
            });
        }
        self.tell(matter, observation, category, named);
    }

    /// The desk calls back: more words, sometimes the kind.
    fn revision(
        &mut self,
        matter: usize,
        first: &Observation,
        category: Option<CategoryCode>,
    ) -> Body {
        let mut text = match &first.body {
            Body::Report { text, .. } => text.clone(),
            _ => String::new(),
        };
        let place = self.place_words(matter);
        text.push_str(&match self.ground.chinese {
            true => format!("（回访补充：具体在{place}，现场仍未处理）"),
            false => format!(" (called back: at {place}, still there)"),
        });
        let given = match &self.matters[matter].doubt {
            // Whoever calls back about what is hard to tell is none the wiser, and the form stays as it is ticked.
            Some(_) => match &first.body {
                Body::Report { category, .. } => *category,
                _ => None,
            },
            None => category.filter(|_| !self.ground.chinese || self.chance.happens(0.25)),
        };
        Body::Report {
            text,
            category: given,
            severity: None,
        }
    }

    /// A grid worker stands there, names the kind and takes a picture.
    pub fn worker(&mut self, matter: usize, at_s: f64) {
        let category = self.matters[matter].category;
        self.worker_as(matter, at_s, category);
    }

    pub fn worker_as(&mut self, matter: usize, at_s: f64, category: Option<CategoryCode>) {
        let drill = self.matters[matter].drill;
        let known = category.and_then(|code| self.ground.city.category(code));
        let (Some(category), Some(known)) = (category, known) else {
            return;
        };
        let usual = known.severity;
        let place = self.place_words(matter);
        let text = match (self.ground.chinese, self.chance.below(4)) {
            (false, _) => format!("{place}: {}", known.name_en),
            (true, 0) => format!("巡查发现{place}{}，已拍照上报", known.name),
            (true, 1) => format!("网格巡查：{place}，{}，请派单", known.condition),
            (true, 2) => format!("{place}存在{}问题，现场照片已上传", known.name),
            (true, _) => format!("【{}】{place}，{}", known.name, known.condition),
        };
        let text = match (drill, self.ground.chinese) {
            (true, true) => format!("【演练】{text}"),
            (true, false) => format!("Drill: {text}"),
            (false, _) => text,
        };
        let accuracy_m = self.chance.between(4.0, 12.0) * self.noise.max(0.2);
        let position = self.perceived(matter, accuracy_m);
        let severity = self.chance.happens(0.2).then(|| {
            let milder = Severity::try_from((usual.level() + 1).min(4)).unwrap_or(usual);
            if self.chance.happens(0.6) {
                milder
            } else {
                usual
            }
        });
        let walked_s = self.chance.between(5.0, 110.0);
        self.serial += 1;
        let observation = Observation {
            sent_at: self.at(at_s + walked_s),
            time: self.at(at_s),
            source: source(GRID_WORKER),
            id: id(&format!("call-{:06}", self.serial)),
            version: 1,
            position: Some(position),
            accuracy_m: Some((accuracy_m as u32).max(1)),
            drill,
            demo: false,
            body: Body::Report {
                text,
                category: Some(category),
                severity,
            },
        };
        self.tell(matter, observation, Some(category), true);
    }

    /// A system decides by itself that something is the matter.
    pub fn alarm(
        &mut self,
        matter: usize,
        at_s: f64,
        thing: Option<&(ThingId, Position)>,
        text: &str,
    ) {
        let of = &self.matters[matter];
        let (drill, spot) = (of.drill, of.spot.position);
        let Some(category) = of.category else {
            return;
        };
        self.serial += 1;
        let (source_name, position) = match thing {
            Some((_, position)) => (FIRE_PANELS, *position),
            None => ("weather-bureau", spot),
        };
        let observation = Observation {
            sent_at: self.at(at_s + 2.0),
            time: self.at(at_s),
            source: source(source_name),
            id: id(&format!("alarm-{:06}", self.serial)),
            version: 1,
            position: Some(position),
            accuracy_m: thing.map(|_| 10),
            drill,
            demo: false,
            body: Body::Alarm {
                thing: thing.map(|(thing, _)| thing.clone()),
                category,
                severity: None,
                text: text.to_owned(),
            },
        };
        self.tell(matter, observation, Some(category), true);
    }

    /// The panel is reset.
    pub fn clear(&mut self, matter: usize, at_s: f64, panel: &(ThingId, Position)) {
        let of = &self.matters[matter];
        let Some(category) = of.category else {
            return;
        };
        self.serial += 1;
        let observation = Observation {
            sent_at: self.at(at_s + 2.0),
            time: self.at(at_s),
            source: source(FIRE_PANELS),
            id: id(&format!("clear-{:06}", self.serial)),
            version: 1,
            position: None,
            accuracy_m: None,
            drill: of.drill,
            demo: false,
            body: Body::Clear {
                thing: panel.0.clone(),
                category,
            },
        };
        self.told.push(Told {
            observation,
            truth: None,
        });
    }

    /// A unit is sent there, if the kind of matter calls for one.
    pub fn send(&mut self, matter: usize, at_s: f64) {
        let of = &self.matters[matter];
        if let Some(kind) = of.kind.and_then(|kind| kind.calls)
            && !of.drill
        {
            self.send_a(kind, matter, at_s);
        }
    }

    pub fn send_a(&mut self, kind: UnitKind, matter: usize, at_s: f64) {
        let to = self.matters[matter].spot.position;
        self.fleet.call(self.ground, kind, at_s, to);
    }

    fn tell(
        &mut self,
        matter: usize,
        observation: Observation,
        category: Option<CategoryCode>,
        category_given: bool,
    ) {
        let of = &mut self.matters[matter];
        of.told += 1;
        of.until_s = of
            .until_s
            .max(observation.sent_at.since(self.start) as f64 / 1_000.0);
        let of = &self.matters[matter];
        let truth = Truth::Evidence {
            source: observation.source.clone(),
            id: observation.id.clone(),
            matter: of.category.map(|_| of.name()),
            category,
            position: Some(of.spot.position),
            town: Some(self.ground.towns[of.spot.town].code.clone()),
            department: self.lead(of.category, of.spot.town),
            drill: of.drill,
            category_given,
            suspect: None,
        };
        self.told.push(Told {
            observation,
            truth: Some(truth),
        });
    }

    fn caller_s_words(&mut self, matter: usize, category: Option<CategoryCode>) -> String {
        let place = self.place_words(matter);
        let of = &self.matters[matter];
        let (story, number) = (of.story, of.first_words + of.told);
        let Some(category) = category else {
            let unclear = words::UNCLEAR[number % words::UNCLEAR.len()];
            return words::dressed(&mut self.chance, &unclear.replace("{p}", &place), "");
        };
        let kind = words::kind(&category.to_string()).filter(|_| self.ground.chinese);
        if let (Some(kind), Some(doubt)) = (kind, &of.doubt) {
            return doubt
                .said
                .in_words(&mut self.chance, kind, story, number, &place);
        }
        match kind {
            Some(_) if of.drill => words::DRILL[number % words::DRILL.len()].replace("{p}", &place),
            Some(kind) => words::said(&mut self.chance, kind, story, number, &place),
            None => {
                let known = self.ground.city.category(category);
                let name = known.map_or("", |known| match self.ground.chinese {
                    true => &known.name,
                    false => &known.name_en,
                });
                format!("{place}: {name}")
            }
        }
    }

    fn place_words(&mut self, matter: usize) -> String {
        self.matters[matter].spot.whereabouts.said(&mut self.chance)
    }

    /// As a phone states it, in metres: mostly good, seldom bad.
    fn caller_s_accuracy(&mut self, matter: usize) -> u32 {
        let worst_m = self.matters[matter].worst_accuracy_m;
        let stated_m = match self.chance.share() {
            good if good < 0.7 => self.chance.between(20.0, 60.0),
            fair if fair < 0.9 => self.chance.between(60.0, 120.0),
            _ => self.chance.between(120.0, 300.0),
        };
        (stated_m.min(worst_m) * self.noise).max(5.0) as u32
    }

    /// Where somebody who stands at the matter seems to stand.
    fn perceived(&mut self, matter: usize, accuracy_m: f64) -> Position {
        let of = &self.matters[matter];
        let (middle, spread_m) = (of.spot.position, of.spread_m);
        let chance = &mut self.chance;
        // Evenly over the disc.
        let here_m = spread_m * libm::sqrt(chance.share());
        let angle = chance.between(0.0, std::f64::consts::TAU);
        let here = middle.offset_m(here_m * libm::sin(angle), here_m * libm::cos(angle));
        let spread = libm::sqrt(-2.0 * libm::log((1.0 - chance.share()).max(1e-9)));
        let mut off_m = (accuracy_m * spread / TWO_OF_THREE).min(2.0 * accuracy_m);
        let angle = chance.between(0.0, std::f64::consts::TAU);
        loop {
            let there = here.offset_m(off_m * libm::sin(angle), off_m * libm::cos(angle));
            if self.ground.town_at(there).is_some() {
                return there;
            }
            if off_m < 1.0 {
                return middle;
            }
            off_m /= 2.0;
        }
    }
}
