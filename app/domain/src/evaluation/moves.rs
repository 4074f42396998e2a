//! Moves of powers (事权调整): where rows of the responsibility table end or begin on a day, and how the days before and after
//! compare. Equally many days on each side.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Choice, may_see, row};
use super::view::{LeadView, MoveView};
use super::{Evaluation, Period, Tally};
use crate::case::Case;
use crate::city::{City, Responsibility};
use crate::ids::{DepartmentId, IncidentId, JurisdictionCode};
use crate::policy::Judged;
use crate::time::{CivilDate, Timestamp};

const DAY_MS: i64 = 86_400_000;

type Key = (Timestamp, String, Option<JurisdictionCode>);

#[derive(Default)]
struct Rows<'a> {
    ends: Vec<&'a Responsibility>,
    begins: Vec<&'a Responsibility>,
}

/// One move: since when, of what, where, and which rows.
pub struct Move<'a> {
    on: CivilDate,
    pub at: Timestamp,
    category: String,
    town: Option<JurisdictionCode>,
    rows: Rows<'a>,
}

/// Those of a period, the latest first; what has not come yet is none.
pub fn moves(city: &City, period: Period, now: Timestamp) -> Vec<Move<'_>> {
    let mut found: BTreeMap<Key, (CivilDate, Rows<'_>)> = BTreeMap::new();
    for table_row in &city.responsibilities {
        let dates = [
            (Some(table_row.valid_from), true),
            (table_row.valid_to, false),
        ];
        for (date, begins) in dates {
            let Some(date) = date else { continue };
            let at = Timestamp::at(date, 0, &city.zone);
            if at > now || !period.holds(at) {
                continue;
            }
            let key = (
                at,
                table_row.category.clone(),
                table_row.jurisdiction.clone(),
            );
            let (_, rows) = found.entry(key).or_insert_with(|| (date, Rows::default()));
            match begins {
                true => rows.begins.push(table_row),
                false => rows.ends.push(table_row),
            }
        }
    }
    let moves = found.into_iter().rev();
    moves
        .map(|((at, category, town), (on, rows))| Move {
            on,
            at,
            category,
            town,
            rows,
        })
        .collect()
}

impl Move<'_> {
    /// As many whole days as there have been since, at most so many.
    fn days(&self, most: u32, now: Timestamp) -> i64 {
        let since = now.since(self.at).max(0) / DAY_MS;
        since.min(i64::from(most)).max(1)
    }

    /// From before the move to after it.
    pub fn stretch(&self, most: u32, now: Timestamp) -> Period {
        let length = self.days(most, now) * DAY_MS;
        Period {
            since: self.at.plus_millis(-length),
            until: self.at.plus_millis(length),
        }
    }

    /// Cases must hold those of the stretch.
    pub fn view(
        &self,
        evaluation: &Evaluation,
        city: &City,
        judged: &Judged,
        cases: &[Case],
        most: u32,
        now: Timestamp,
    ) -> MoveView {
        let stretch = self.stretch(most, now);
        let choice = Choice {
            category: Some(self.category.clone()),
            town: self.town.as_ref().map(|town| town.as_str().to_owned()),
            department: None,
        };
        let mine = cases
            .iter()
            .filter(|case| choice.holds(case) && may_see(judged, case));
        let moved: BTreeSet<IncidentId> = mine
            .filter(|case| self.moves_power_over(city, case))
            .map(|case| case.id)
            .collect();
        let side = |since, until| {
            let period = Period { since, until };
            let mut tally = Tally::new(evaluation);
            for case in cases {
                if moved.contains(&case.id) {
                    tally.take(case, period, now);
                }
            }
            let key = self.category.clone();
            let names = (String::new(), String::new());
            row(evaluation, key, names, period, &tally.counted(), None)
        };
        let (category_name, category_name_en) = self.kinds(city);
        let town = self.town.as_ref().and_then(|code| city.town(code));
        let basis = self.rows.begins.first().or(self.rows.ends.first());
        MoveView {
            on: self.on.to_string(),
            at: self.at,
            category: self.category.clone(),
            category_name,
            category_name_en,
            town: choice.town.clone(),
            town_name: town.map(|town| town.name.clone()),
            town_name_en: town.map(|town| town.name_en.clone()),
            ends: self.rows.ends.iter().map(|row| row.id.clone()).collect(),
            begins: self.rows.begins.iter().map(|row| row.id.clone()).collect(),
            from: self.leads(city, &self.rows.ends, self.on.previous()),
            to: self.leads(city, &self.rows.begins, self.on),
            basis: basis.map(|row| row.basis.clone()).unwrap_or_default(),
            days: u32::try_from(self.days(most, now)).unwrap_or(1),
            before: side(stretch.since, self.at),
            after: side(self.at, stretch.until),
        }
    }

    /// Whether another row answers for such a case since then. What has rows of its own, for a narrower kind or one town, stays
    /// where it was.
    fn moves_power_over(&self, city: &City, case: &Case) -> bool {
        let Some(category) = case.category else {
            return false;
        };
        let answers = |rows: &[&Responsibility], day| {
            let found = city.responsible(category, case.town.as_ref(), day);
            found
                .iter()
                .any(|found| rows.iter().any(|row| row.id == found.id))
        };
        answers(&self.rows.begins, self.on) || answers(&self.rows.ends, self.on.previous())
    }

    /// Who answers on a day: by the rows that change, or where there are none by those around them, such as the whole city's
    /// that a new row takes this town out of, or that it falls back to.
    fn leads(&self, city: &City, rows: &[&Responsibility], day: CivilDate) -> Vec<LeadView> {
        if !rows.is_empty() {
            return rows.iter().map(|row| lead(city, &row.lead)).collect();
        }
        let covers = |row: &&Responsibility| {
            row.is_valid_on(day)
                && self.category.starts_with(&row.category)
                && (row.jurisdiction.is_none() || row.jurisdiction == self.town)
        };
        let rows = city.responsibilities.iter().filter(covers);
        let nearest = rows.max_by_key(|row| (row.category.len(), row.jurisdiction.is_some()));
        nearest
            .map(|row| lead(city, &row.lead))
            .into_iter()
            .collect()
    }

    fn kinds(&self, city: &City) -> (String, String) {
        let kind = self
            .category
            .parse()
            .ok()
            .and_then(|code| city.category(code));
        match kind {
            Some(kind) => (kind.name.clone(), kind.name_en.clone()),
            None => (self.category.clone(), self.category.clone()),
        }
    }
}

fn lead(city: &City, id: &DepartmentId) -> LeadView {
    let known = city.departments.get(id);
    let or_id = |name: Option<&String>| name.cloned().unwrap_or_else(|| id.to_string());
    LeadView {
        id: id.to_string(),
        name: or_id(known.map(|known| &known.name)),
        name_en: or_id(known.map(|known| &known.name_en)),
    }
}
