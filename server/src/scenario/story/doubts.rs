//! Cases that are hard to decide: what is said denies, mentions or mixes; where it is, two towns meet; who answers for it
//! changed that day; the form names another kind. What is true of each is settled here, before a word is said.

use domain::category::CategoryCode;

use super::Story;
use super::matter::{Doubt, Saying};
use crate::scenario::chance::Chance;
use crate::scenario::truth::{Ambiguity, DecidedBy};
use crate::scenario::words::doubtful::{
    ASIDE, BORDER, DENIED, IN_PASSING, InPassing, MOVED, UNSURE,
};
use crate::scenario::words::{self, Kind};

/// Equally often, as far as the day allows.
const FORMS: [Ambiguity; 6] = [
    Ambiguity::SeveralFit,
    Ambiguity::NamesAnother,
    Ambiguity::DeniesAnother,
    Ambiguity::Border,
    Ambiguity::MovedToday,
    Ambiguity::WrongKindGiven,
];
/// What may be said in place of one that the day does not allow.
const INSTEAD: [Ambiguity; 4] = [
    Ambiguity::SeveralFit,
    Ambiguity::NamesAnother,
    Ambiguity::DeniesAnother,
    Ambiguity::WrongKindGiven,
];
/// Frames one matter's callers use.
const FRAMES: usize = 3;

impl Saying {
    pub fn in_words(
        &self,
        chance: &mut Chance,
        kind: &Kind,
        story: usize,
        number: usize,
        place: &str,
    ) -> String {
        match self {
            Self::Ticked(_) => words::said(chance, kind, story, number, place),
            Self::At(there) => words::said(chance, kind, story, number, there),
            Self::Framed(frames) => {
                let core = words::core(kind, story, number, place);
                let frame = &frames[number % frames.len().max(1)];
                words::dressed(chance, &frame.replace("{s}", &core), "")
            }
            Self::Unsure(says) => {
                let core = says[number % says.len()].replace("{p}", place);
                words::dressed(chance, &core, "")
            }
        }
    }
}

impl Story<'_> {
    /// One case that is hard to decide; false where the day or the city has none such.
    pub fn doubtful(&mut self, hour: u16, at_s: f64) -> bool {
        let form = self.doubts.pick(&FORMS).copied();
        let Some(form) = form else {
            return false;
        };
        match form {
            Ambiguity::Border => self.at_a_border(hour, at_s),
            Ambiguity::MovedToday => self.moved_today(at_s) || self.in_hard_words(hour, at_s),
            Ambiguity::SeveralFit => self.several_fit(at_s),
            Ambiguity::NamesAnother | Ambiguity::DeniesAnother | Ambiguity::WrongKindGiven => {
                self.hard_to_read(form, hour, at_s)
            }
        }
    }

    fn in_hard_words(&mut self, hour: u16, at_s: f64) -> bool {
        match self.doubts.pick(&INSTEAD).copied() {
            Some(Ambiguity::SeveralFit) | None => self.several_fit(at_s),
            Some(form) => self.hard_to_read(form, hour, at_s),
        }
    }

    fn hard_to_read(&mut self, form: Ambiguity, hour: u16, at_s: f64) -> bool {
        let Some(kind) = self.usual_kind(hour) else {
            return false;
        };
        let (decided_by, said) = match form {
            Ambiguity::WrongKindGiven => {
                let Some(wrong) = self.another_kind(kind) else {
                    return false;
                };
                (DecidedBy::Person, Saying::Ticked(wrong))
            }
            Ambiguity::DeniesAnother => (DecidedBy::Machine, self.framed(kind, DENIED)),
            _ => (DecidedBy::Machine, self.framed(kind, ASIDE)),
        };
        self.doubted(kind, at_s, form, decided_by, Vec::new(), said)
    }

    /// Of another family, and another department's.
    fn another_kind(&mut self, kind: &Kind) -> Option<CategoryCode> {
        let right = self.whole_city_lead(kind.code);
        let family = self.family(kind.code);
        for _ in 0..40 {
            let other = self.doubts.pick(IN_PASSING)?;
            let differs = self.whole_city_lead(other.code) != right;
            if differs && self.family(other.code) != family {
                return other.code.parse().ok();
            }
        }
        None
    }

    /// Who answers for a kind where no town has a row of its own.
    fn whole_city_lead(&self, code: &str) -> Option<domain::ids::DepartmentId> {
        let category = code.parse().ok()?;
        let rows = self.ground.city.responsible(category, None, self.date);
        rows.first().map(|row| row.lead.clone())
    }

    fn framed(&mut self, kind: &Kind, frames: &[&str]) -> Saying {
        let family = self.family(kind.code);
        let others: Vec<&InPassing> = IN_PASSING
            .iter()
            .filter(|other| self.family(other.code) != family)
            .collect();
        let mut filled = Vec::new();
        for _ in 0..FRAMES {
            if let (Some(other), Some(frame)) =
                (self.doubts.pick(&others), self.doubts.pick(frames))
            {
                filled.push(
                    frame
                        .replace("{n}", other.noun)
                        .replace("{a}", other.besides),
                );
            }
        }
        Saying::Framed(filled)
    }

    fn several_fit(&mut self, at_s: f64) -> bool {
        let Some(unsure) = self.doubts.pick(UNSURE) else {
            return false;
        };
        let codes: Vec<CategoryCode> = unsure
            .may_be
            .iter()
            .filter_map(|code| code.parse().ok())
            .collect();
        let kind = self.doubts.pick(unsure.may_be).copied();
        let Some(kind) = kind.and_then(words::kind) else {
            return false;
        };
        self.doubted(
            kind,
            at_s,
            Ambiguity::SeveralFit,
            DecidedBy::Person,
            codes,
            Saying::Unsure(unsure.says),
        )
    }

    /// Where a row of the table begins on that very day.
    fn moved_today(&mut self, at_s: f64) -> bool {
        let city = self.ground.city.clone();
        let mut moved = Vec::new();
        for row in &city.responsibilities {
            let before = city.responsibilities.iter().find(|before| {
                before.valid_to == Some(self.date)
                    && before.category == row.category
                    && before.jurisdiction == row.jurisdiction
            });
            if row.valid_from != self.date {
                continue;
            }
            if let (Some(before), Some(kind)) = (before, words::kind(&row.category)) {
                moved.push((kind, row.jurisdiction.clone(), before.lead.clone()));
            }
        }
        let Some((kind, town, before)) = self.doubts.pick(&moved) else {
            return false;
        };
        let towns: Vec<usize> = (0..self.ground.towns.len())
            .filter(|index| Some(&self.ground.towns[*index].code) == town.as_ref())
            .collect();
        if town.is_some() && towns.is_empty() {
            return false;
        }
        let before = city.departments.get(before).map(|known| known.name.clone());
        let frame = self.doubts.pick(MOVED).copied().unwrap_or("{s}");
        let frame = frame.replace("{d}", &before.unwrap_or_default());
        let Some(spot) = self.somewhere(kind.code, &towns) else {
            return false;
        };
        let doubt = Doubt {
            ambiguity: Ambiguity::MovedToday,
            decided_by: DecidedBy::Machine,
            fits: Vec::new(),
            said: Saying::Framed(vec![frame]),
        };
        self.begin_doubtful(kind, at_s, spot, doubt)
    }

    /// Within a few metres of the next town; of two departments only a person can tell which.
    fn at_a_border(&mut self, hour: u16, at_s: f64) -> bool {
        let delegated = self.delegated_kinds();
        let (kind, town) = match self.doubts.happens(0.5) {
            true => match self.doubts.pick(&delegated).copied() {
                Some((kind, town)) => (Some(kind), Some(town)),
                None => (self.usual_kind(hour), None),
            },
            false => (self.usual_kind(hour), None),
        };
        let Some(kind) = kind else {
            return false;
        };
        let Some((town, position, beyond)) = self.ground.at_a_border(town, &mut self.doubts) else {
            return false;
        };
        let family = self.family(kind.code);
        if !self.is_lonely(&family, position) {
            return false;
        }
        let code = kind.code.parse().ok();
        let decided_by = match self.lead(code, town) == self.lead(code, beyond) {
            true => DecidedBy::Machine,
            false => DecidedBy::Person,
        };
        let name = |town: usize| self.ground.towns[town].name.as_str();
        let there = self.doubts.pick(BORDER).copied().unwrap_or("{a}");
        let there = there
            .replace("{a}", name(town))
            .replace("{b}", name(beyond));
        let spot = self.spot(town, position, "", false);
        let doubt = Doubt {
            ambiguity: Ambiguity::Border,
            decided_by,
            fits: Vec::new(),
            said: Saying::At(there),
        };
        self.begin_doubtful(kind, at_s, spot, doubt)
    }

    /// Kinds for which a town answers itself on the day, with the town.
    fn delegated_kinds(&self) -> Vec<(&'static Kind, usize)> {
        let mut delegated = Vec::new();
        for row in &self.ground.city.responsibilities {
            let Some(code) = &row.jurisdiction else {
                continue;
            };
            let town =
                (0..self.ground.towns.len()).find(|index| self.ground.towns[*index].code == *code);
            if row.is_valid_on(self.date)
                && let (Some(kind), Some(town)) = (words::kind(&row.category), town)
            {
                delegated.push((kind, town));
            }
        }
        delegated
    }

    fn doubted(
        &mut self,
        kind: &'static Kind,
        at_s: f64,
        ambiguity: Ambiguity,
        decided_by: DecidedBy,
        fits: Vec<CategoryCode>,
        said: Saying,
    ) -> bool {
        let Some(spot) = self.somewhere(kind.code, &[]) else {
            return false;
        };
        let doubt = Doubt {
            ambiguity,
            decided_by,
            fits,
            said,
        };
        self.begin_doubtful(kind, at_s, spot, doubt)
    }

    fn begin_doubtful(
        &mut self,
        kind: &'static Kind,
        at_s: f64,
        spot: super::matter::Spot,
        doubt: Doubt,
    ) -> bool {
        let by_machine = doubt.decided_by == DecidedBy::Machine;
        let Some(matter) = self.begin(kind.code, at_s, spot, "hard to decide") else {
            return false;
        };
        self.matters[matter].doubt = Some(doubt);
        if by_machine {
            self.reported(matter, at_s, kind.pace);
        } else {
            // A grid worker who stands there would settle it.
            let callers = 1 + self.doubts.below(2);
            self.called(matter, callers, 900.0, 3_600.0);
        }
        true
    }
}
