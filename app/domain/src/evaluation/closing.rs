//! A score must not punish work: closing one more case, all else equal, never lowers it. A formula that would is found here,
//! before anybody is judged by it.

use crate::case::{Case, CaseAt, FoundBy, Moment};
use crate::filter::{Condition, Fields, Filter, Literal, Value};
use crate::ids::IncidentId;
use crate::lifecycle::State;
use crate::time::Timestamp;

use super::{Better, Evaluation, Indicator, Measure};

/// What a formula compares with may be so many different things at once; more is no formula people understand.
const MOST_VARIANTS: usize = 4_096;
const NOW_MS: i64 = 10_000_000_000;

/// A case for which closing would cost points, in words; none for a formula that is safe.
///
/// By one case a share falls only when that case goes from counting for it to not counting, or to counting against it. So one
/// case of each kind that closing can move is tried, with each value of what closing leaves alone that the formula asks for.
pub fn punished(evaluation: &Evaluation, indicator: &Indicator) -> Option<String> {
    let Measure::Share(share) = &indicator.measure else {
        let why =
            "only a share can be scored: a time or a count moves with every case that is closed";
        return Some(why.into());
    };
    let rules = [
        &evaluation.cases.filter,
        &indicator.of.filter,
        &share.filter,
    ];
    let Some(variants) = variants(rules) else {
        return Some(
            "it compares too many things for it to be tried whether closing lowers it".into(),
        );
    };
    let now = Timestamp::from_millis(NOW_MS);
    let adds = |case: &Case, constants: &[(String, Literal)]| {
        let case = Tried {
            case: CaseAt::of(case, now),
            constants,
        };
        let holds = |filter: &Filter| filter.matches(&case);
        let of = case.case.case.moment(indicator.counts_in).is_some()
            && holds(&evaluation.cases.filter)
            && holds(&indicator.of.filter);
        match (of, of && holds(&share.filter), indicator.better) {
            (false, _, _) => 0,
            (true, true, Better::Higher) | (true, false, Better::Lower) => 1,
            _ => -1,
        }
    };
    let mut asked = Vec::new();
    for condition in rules.iter().filter_map(|rule| rule.condition()) {
        fields_of(condition, &mut asked);
    }
    asked.push(indicator.counts_in.name());
    for kind in kinds(&asked) {
        for forced in [false, true] {
            let after = kind.case.if_closed(now, forced);
            let falls = variants
                .iter()
                .filter(|constants| can_be(&kind.case, constants))
                .any(|constants| adds(&after, constants) < adds(&kind.case, constants));
            if falls {
                let how = if forced { "by force " } else { "" };
                return Some(format!(
                    "closing {how}a case that is {} would lower the score",
                    kind.words
                ));
            }
        }
    }
    None
}

/// A case of which some values are set as a formula asks for them.
struct Tried<'a> {
    case: CaseAt<'a>,
    constants: &'a [(String, Literal)],
}

impl Fields for Tried<'_> {
    fn field(&self, name: &str) -> Option<Value<'_>> {
        match self.constants.iter().find(|(field, _)| field == name) {
            Some((_, Literal::Text(text))) => Some(Value::Text(text)),
            Some((_, Literal::Number { value, .. })) => Some(Value::Number(*value)),
            Some((_, Literal::Flag(flag))) => Some(Value::Flag(*flag)),
            Some((_, Literal::Null)) => Some(Value::Null),
            None => self.case.field(name),
        }
    }
}

/// What closing leaves alone, whatever it is.
const CONSTANT_FLAGS: [&str; 7] = [
    "exempted",
    "satisfied",
    "unsatisfied",
    "by_feed",
    "by_person",
    "filed_in_time",
    "filed_late",
];

/// Every combination of values that matter to the rules, of the fields that closing does not change.
fn variants(rules: [&Filter; 3]) -> Option<Vec<Vec<(String, Literal)>>> {
    let mut asked: Vec<(String, Vec<Literal>)> = Vec::new();
    for condition in rules.iter().filter_map(|rule| rule.condition()) {
        gather(condition, &mut asked);
    }
    let mut variants = vec![Vec::new()];
    for (field, values) in asked {
        if variants.len() * values.len() > MOST_VARIANTS {
            return None;
        }
        variants = variants
            .iter()
            .flat_map(|known| {
                values.iter().map(|value| {
                    let mut more = known.clone();
                    more.push((field.clone(), value.clone()));
                    more
                })
            })
            .collect();
    }
    Some(variants)
}

fn gather(condition: &Condition, asked: &mut Vec<(String, Vec<Literal>)>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                gather(part, asked);
            }
        }
        Condition::Not(inner) => gather(inner, asked),
        Condition::Compare { field, literal, .. } => note(field, literal, asked),
        Condition::OneOf { field, literals } => {
            for literal in literals {
                note(field, literal, asked);
            }
        }
    }
}

fn fields_of<'a>(condition: &'a Condition, asked: &mut Vec<&'a str>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                fields_of(part, asked);
            }
        }
        Condition::Not(inner) => fields_of(inner, asked),
        Condition::Compare { field, .. } | Condition::OneOf { field, .. } => asked.push(field),
    }
}

fn note(field: &str, literal: &Literal, asked: &mut Vec<(String, Vec<Literal>)>) {
    let is_flag = matches!(literal, Literal::Flag(_));
    if is_flag && !CONSTANT_FLAGS.contains(&field) {
        return;
    }
    let number = |value: f64| Literal::Number {
        digits: value.to_string(),
        value,
    };
    let around = match literal {
        Literal::Flag(_) => vec![Literal::Flag(false), Literal::Flag(true)],
        Literal::Number { value, .. } => {
            vec![number(value - 1.0), number(*value), number(value + 1.0)]
        }
        Literal::Text(_) => vec![literal.clone(), Literal::Null],
        Literal::Null => vec![Literal::Null, Literal::Text("something".into())],
    };
    let known = match asked.iter_mut().find(|(known, _)| known == field) {
        Some((_, known)) => known,
        None => {
            asked.push((field.to_owned(), Vec::new()));
            return note(field, literal, asked);
        }
    };
    for value in around {
        if !known.contains(&value) {
            known.push(value);
        }
    }
}

/// What was never handled was not reworked either, and what was never dispatched has neither hops nor returns.
fn can_be(case: &Case, constants: &[(String, Literal)]) -> bool {
    constants.iter().all(|(field, literal)| {
        let needs = match field.as_str() {
            "reworks" => case.moments.first_handled,
            "hops" | "returns" | "extensions" | "suspensions" => case.moments.dispatched,
            _ => return true,
        };
        needs.is_some() || matches!(literal, Literal::Number { value, .. } if *value <= 0.0)
    })
}

struct Kind {
    words: String,
    case: Case,
}

const STATES: [(State, &str); 7] = [
    (State::Reported, "reported"),
    (State::Registered, "filed"),
    (State::Dispatched, "dispatched"),
    (State::Acknowledged, "acknowledged"),
    (State::Handling, "being handled"),
    (State::Resolved, "handled"),
    (State::Checked, "checked"),
];

/// Moments that a case may have behind it, whatever its state is now.
const BEHIND: [Moment; 6] = [
    Moment::Filed,
    Moment::Dispatched,
    Moment::Acknowledged,
    Moment::Arrived,
    Moment::FirstHandled,
    Moment::Checked,
];

/// Open cases of every kind that closing moves and a formula tells apart: where they stand, what is behind them, and how their
/// clock stands.
fn kinds(asked: &[&str]) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for (state, words) in STATES {
        for behind in histories(state, asked) {
            for clock in CLOCKS.into_iter().filter(|clock| clock.can_be_in(state)) {
                for late in [false, true] {
                    // Done late is what can be so only after its deadline.
                    let is_done = state >= State::Resolved;
                    if late && !(is_done && clock == Clock::Overdue) {
                        continue;
                    }
                    let late_said = if late { ", done late" } else { "" };
                    kinds.push(Kind {
                        words: format!("{words}, {}{late_said}", clock.words()),
                        case: a_case(state, &behind, clock, late),
                    });
                }
            }
        }
    }
    kinds
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    None,
    Runs,
    Overdue,
    Suspended,
    SuspendedOverdue,
}

const CLOCKS: [Clock; 5] = [
    Clock::None,
    Clock::Runs,
    Clock::Overdue,
    Clock::Suspended,
    Clock::SuspendedOverdue,
];

impl Clock {
    fn words(self) -> &'static str {
        match self {
            Self::None => "without a deadline",
            Self::Runs => "not due yet",
            Self::Overdue => "overdue",
            Self::Suspended => "suspended",
            Self::SuspendedOverdue => "suspended when it was overdue",
        }
    }

    /// Only work is suspended, and only until it is done or given back.
    fn can_be_in(self, state: State) -> bool {
        let at_work = (State::Dispatched..=State::Handling).contains(&state);
        at_work || !matches!(self, Self::Suspended | Self::SuspendedOverdue)
    }

    fn due(self) -> Option<Timestamp> {
        let after_ms = match self {
            Self::Runs => 1_000_000,
            Self::Overdue => -1_000_000,
            Self::None | Self::Suspended | Self::SuspendedOverdue => return None,
        };
        Some(Timestamp::from_millis(NOW_MS + after_ms))
    }
}

/// What has to be behind a case in a state, and whatever else may be that the formula asks about.
fn histories(state: State, asked: &[&str]) -> Vec<Vec<Moment>> {
    let mut histories = vec![Vec::new()];
    for moment in BEHIND {
        let must = match moment {
            Moment::Filed => state >= State::Registered,
            Moment::Dispatched => state >= State::Dispatched,
            Moment::FirstHandled => state >= State::Resolved,
            _ => false,
        };
        let matters = asked.contains(&moment.name())
            || (moment == Moment::FirstHandled && asked.contains(&"reworks"))
            || matches!(moment, Moment::Filed | Moment::Dispatched);
        let mut more = Vec::new();
        for history in &histories {
            // Nothing is dispatched that was not filed, and nothing acknowledged that was not dispatched.
            let can = match moment {
                Moment::Dispatched => history.contains(&Moment::Filed),
                Moment::Acknowledged | Moment::Arrived => history.contains(&Moment::Dispatched),
                _ => true,
            };
            if !must {
                more.push(history.clone());
            }
            if must || (can && matters) {
                let mut with = history.clone();
                with.push(moment);
                more.push(with);
            }
        }
        histories = more;
    }
    histories
}

fn a_case(state: State, behind: &[Moment], clock: Clock, late: bool) -> Case {
    let begun = Timestamp::from_millis(1_000_000_000);
    let at = |moment| behind.contains(&moment).then_some(begun);
    let mut case = Case::new(IncidentId::new(1, 0), begun, FoundBy::Person(None));
    case.state = state;
    let moments = &mut case.moments;
    moments.filed = at(Moment::Filed);
    moments.dispatched = at(Moment::Dispatched);
    moments.acknowledged = at(Moment::Acknowledged);
    moments.arrived = at(Moment::Arrived);
    moments.first_handled = at(Moment::FirstHandled);
    moments.checked = at(Moment::Checked);
    moments.handled = (state >= State::Resolved).then_some(begun);
    // Until it is dispatched the clock of filing runs.
    match (moments.dispatched, clock) {
        (None, _) => case.filing_due = clock.due(),
        (Some(_), Clock::Suspended) => case.stands_with(1_000_000),
        (Some(_), Clock::SuspendedOverdue) => case.stands_with(0),
        (Some(_), _) => case.due_by(clock.due()),
    }
    if case.moments.handled.is_some() {
        case.in_time = case.due.map(|_| !late);
    }
    case
}
