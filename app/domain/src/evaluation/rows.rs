//! Cases of a period as rows: by department, town, category or month, each with the period before beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{By, CellView, EvaluationView, IndicatorBrief, Kind, RowView};
use super::{Counted, Evaluation, Indicator, Measure, Period, Tally, Weighed};
use crate::case::Case;
use crate::city::City;
use crate::ids::{DepartmentId, JurisdictionCode};
use crate::policy::Judged;
use crate::time::{CivilDate, Timestamp, Zone};

/// Where a case has no department, town or category.
pub const NONE: &str = "-";

/// Which cases, besides the period.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Choice {
    /// A code or the beginning of one; `-` for none.
    pub category: Option<String>,
    pub town: Option<String>,
    pub department: Option<String>,
}

impl Choice {
    pub fn holds(&self, case: &Case) -> bool {
        let category = self
            .category
            .as_ref()
            .is_none_or(|wanted| match case.category {
                Some(code) => code.is_under(wanted),
                None => wanted == NONE,
            });
        let is = |wanted: &Option<String>, had: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| had.unwrap_or(NONE) == wanted)
        };
        category
            && is(&self.town, case.town.as_ref().map(JurisdictionCode::as_str))
            && is(
                &self.department,
                case.department.as_ref().map(DepartmentId::as_str),
            )
    }
}

/// Whether somebody may see a case judged.
pub fn may_see(judged: &Judged, case: &Case) -> bool {
    match judged {
        Judged::Everybody => true,
        Judged::Department(id) => case.department.as_ref() == Some(id),
        Judged::Town(town) => case.town.as_ref() == Some(town),
        Judged::Nobody => false,
    }
}

/// What is asked for.
pub struct Question<'a> {
    pub evaluation: &'a Evaluation,
    pub city: &'a City,
    pub by: By,
    pub period: Period,
    pub choice: &'a Choice,
    pub judged: &'a Judged,
    /// The clock that what is overdue is judged by.
    pub at: Timestamp,
}

impl Question<'_> {
    /// The period with the one before it: what cases must hold.
    pub fn whole(&self) -> Period {
        Period {
            since: self.period.before().since,
            until: self.period.until,
        }
    }

    /// A department may compare itself with the others together, but not choose which of them.
    fn tells_of_others(&self) -> bool {
        matches!(self.judged, Judged::Department(_)) && self.choice.department.is_none()
    }
}

struct Pair<'a> {
    now: Tally<'a>,
    before: Tally<'a>,
}

impl<'a> Pair<'a> {
    fn new(evaluation: &'a Evaluation) -> Self {
        Self {
            now: Tally::new(evaluation),
            before: Tally::new(evaluation),
        }
    }

    fn add(&mut self, case: &Weighed, period: Period) {
        self.now.add(case, period);
        self.before.add(case, period.before());
    }

    fn row(
        self,
        evaluation: &Evaluation,
        key: String,
        names: (String, String),
        period: Period,
    ) -> RowView {
        let (now, before) = (self.now.counted(), self.before.counted());
        row(evaluation, key, names, period, &now, Some(&before))
    }
}

/// All departments but one's own, together.
struct Others<'a> {
    pair: Pair<'a>,
    who: BTreeSet<DepartmentId>,
}

impl<'a> Others<'a> {
    /// Fewer together would tell of one.
    const LEAST: usize = 2;

    fn new(evaluation: &'a Evaluation) -> Self {
        Self {
            pair: Pair::new(evaluation),
            who: BTreeSet::new(),
        }
    }

    fn add(&mut self, case: &Case, weighed: &Weighed, period: Period) {
        if let Some(department) = &case.department {
            self.who.insert(department.clone());
            self.pair.add(weighed, period);
        }
    }

    fn row(self, evaluation: &Evaluation, period: Period) -> Option<RowView> {
        let names = (
            "其他部门合计".to_owned(),
            "All other departments".to_owned(),
        );
        (self.who.len() >= Self::LEAST).then(|| {
            self.pair
                .row(evaluation, "others".to_owned(), names, period)
        })
    }
}

/// Cases must hold those of the whole time that is asked for.
pub fn view(asked: &Question<'_>, cases: &[Case], position: u64) -> EvaluationView {
    let evaluation = asked.evaluation;
    let months = match asked.by {
        By::Month => months(asked.period, &asked.city.zone),
        _ => Vec::new(),
    };
    let mut groups: BTreeMap<String, Pair<'_>> = BTreeMap::new();
    let mut total = Pair::new(evaluation);
    let mut others = Others::new(evaluation);
    let whole = asked.whole();
    for case in cases.iter().filter(|case| asked.choice.holds(case)) {
        let mine = may_see(asked.judged, case);
        if !mine && !asked.tells_of_others() {
            continue;
        }
        let Some(weighed) = Weighed::of(evaluation, case, whole, asked.at) else {
            continue;
        };
        if !mine {
            others.add(case, &weighed, asked.period);
            continue;
        }
        total.add(&weighed, asked.period);
        let mut into = |key: String, period| {
            let group = groups.entry(key).or_insert_with(|| Pair::new(evaluation));
            group.add(&weighed, period);
        };
        match asked.by {
            By::Department => into(
                or_none(case.department.as_ref().map(DepartmentId::as_str)),
                asked.period,
            ),
            By::Town => into(
                or_none(case.town.as_ref().map(JurisdictionCode::as_str)),
                asked.period,
            ),
            By::Category => into(
                case.category
                    .map_or_else(|| NONE.to_owned(), |code| code.to_string()),
                asked.period,
            ),
            By::Month => {
                for (name, month) in &months {
                    into(name.clone(), *month);
                }
            }
        }
    }
    let mut rows: Vec<RowView> = groups
        .into_iter()
        .map(|(key, pair)| {
            let names = names(asked.city, asked.by, &key);
            let month = months.iter().find(|(name, _)| *name == key);
            let period = month.map_or(asked.period, |(_, month)| *month);
            pair.row(evaluation, key, names, period)
        })
        .filter(|row| row.cells.iter().any(|cell| cell.denominator > 0))
        .collect();
    if asked.by != By::Month {
        rows.sort_by(|one, other| {
            ranked(one)
                .total_cmp(&ranked(other))
                .then(one.key.cmp(&other.key))
        });
    }
    let all = ("全部".to_owned(), "All".to_owned());
    EvaluationView {
        by: asked.by,
        period: asked.period,
        before: asked.period.before(),
        at: asked.at,
        position,
        indicators: evaluation.indicators.iter().map(brief).collect(),
        rows,
        total: total.row(evaluation, "all".to_owned(), all, asked.period),
        others: others.row(evaluation, asked.period),
    }
}

/// Best first, what has no score last.
fn ranked(row: &RowView) -> f64 {
    row.score.value.map_or(f64::INFINITY, |score| -score)
}

fn or_none(key: Option<&str>) -> String {
    key.unwrap_or(NONE).to_owned()
}

fn names(city: &City, by: By, key: &str) -> (String, String) {
    let same = || (key.to_owned(), key.to_owned());
    if key == NONE {
        return match by {
            By::Department => ("未派遣".into(), "Not dispatched".into()),
            By::Town => ("位置不详".into(), "Place unknown".into()),
            By::Category | By::Month => ("类别不详".into(), "Kind unknown".into()),
        };
    }
    match by {
        By::Department => DepartmentId::new(key)
            .ok()
            .and_then(|id| city.departments.get(&id))
            .map_or_else(same, |found| (found.name.clone(), found.name_en.clone())),
        By::Town => city
            .towns
            .iter()
            .find(|town| town.code.as_str() == key)
            .map_or_else(same, |found| (found.name.clone(), found.name_en.clone())),
        By::Category => key
            .parse()
            .ok()
            .and_then(|code| city.category(code))
            .map_or_else(same, |found| (found.name.clone(), found.name_en.clone())),
        By::Month => same(),
    }
}

/// One row of counted indicators.
pub fn row(
    evaluation: &Evaluation,
    key: String,
    (name, name_en): (String, String),
    period: Period,
    counted: &[Counted],
    before: Option<&[Counted]>,
) -> RowView {
    let value_before = |at: usize| before?.get(at)?.value();
    RowView {
        key,
        name,
        name_en,
        period,
        score: evaluation.score(counted),
        score_before: before.and_then(|before| evaluation.score(before).value),
        cells: counted
            .iter()
            .enumerate()
            .map(|(at, counted)| CellView {
                value: counted.value(),
                numerator: counted.numerator(),
                denominator: counted.of(),
                exempted: counted.exempted(),
                before: value_before(at),
            })
            .collect(),
    }
}

pub fn brief(indicator: &Indicator) -> IndicatorBrief {
    let (kind, formula) = match &indicator.measure {
        Measure::Share(rule) => (Kind::Share, rule.words.clone()),
        Measure::Mean(count) => (Kind::Mean, format!("mean {}", count.name())),
        Measure::Percentile { percent, from, to } => (
            Kind::Percentile,
            format!("p{percent} {} → {}", from.name(), to.name()),
        ),
    };
    IndicatorBrief {
        id: indicator.id.clone(),
        name: indicator.name.clone(),
        name_en: indicator.name_en.clone(),
        unit: indicator.unit.clone(),
        unit_en: indicator.unit_en.clone(),
        decimals: indicator.decimals,
        better: indicator.better,
        kind,
        formula,
        of: indicator.of.words.clone(),
        counts_in: indicator.counts_in,
        source: indicator.source.clone(),
        source_en: indicator.source_en.clone(),
        weight: indicator.weight,
    }
}

/// The months that a period touches, each cut to it; at most ten years of them.
fn months(period: Period, zone: &Zone) -> Vec<(String, Period)> {
    const MOST: usize = 120;
    let mut months = Vec::new();
    let (first, _) = period.since.civil(zone);
    let (mut year, mut month) = (first.year(), first.month());
    while months.len() < MOST {
        let (next_year, next_month) = match month {
            12 => (year + 1, 1),
            _ => (year, month + 1),
        };
        let begins = |year, month| {
            let day = CivilDate::new(year, month, 1).ok()?;
            Some(Timestamp::at(day, 0, zone))
        };
        let (Some(from), Some(to)) = (begins(year, month), begins(next_year, next_month)) else {
            break;
        };
        if from >= period.until {
            break;
        }
        let cut = Period {
            since: from.max(period.since),
            until: to.min(period.until),
        };
        months.push((format!("{year:04}-{month:02}"), cut));
        (year, month) = (next_year, next_month);
    }
    months
}
