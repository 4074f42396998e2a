//! Counting cases: what each indicator counts, and that a score is fair whatever happens.

#[path = "evaluation/facts.rs"]
mod facts;

use domain::assignment::{Assignment, Stage, StageClock};
use domain::case::{Case, Count, FLAGS, Moment, VALUES};
use domain::category::Severity;
use domain::clock::{Certainty, Due, Limit};
use domain::evaluation::{Better, Counted, Evaluation, Indicator, Measure, Period, Rule, closing};
use domain::filter::Filter;
use domain::ids::{DepartmentId, IncidentId, JurisdictionCode, SourceId};
use domain::incident::{
    CategoryReason, Incident, JurisdictionReason, OpenedBy, ResponsibilityReason, SetByHand, Why,
};
use domain::lifecycle::State;
use domain::request::Request;
use domain::time::{Timestamp, Zone};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_795_363_200_000 + minutes * 60_000)
}

fn rule(words: &str) -> Rule {
    Rule {
        words: words.into(),
        filter: Filter::parse_with_flags(words, VALUES, FLAGS).expect("a rule"),
    }
}

fn share(id: &str, share: &str, of: &str, counts_in: Moment, better: Better) -> Indicator {
    Indicator {
        id: id.into(),
        name: id.into(),
        name_en: id.into(),
        unit: "%".into(),
        unit_en: "%".into(),
        decimals: 1,
        measure: Measure::Share(rule(share)),
        of: rule(of),
        counts_in,
        better,
        source: "test".into(),
        source_en: "test".into(),
        weight: 10,
    }
}

fn measured(id: &str, measure: Measure, of: &str, counts_in: Moment) -> Indicator {
    Indicator {
        measure,
        weight: 0,
        ..share(id, "closed", of, counts_in, Better::Lower)
    }
}

/// As the packs that ship score; a test of the packs holds that each of theirs is safe.
fn standard() -> Evaluation {
    use Better::{Higher, Lower};
    Evaluation {
        cases: rule("not merged and not voided"),
        indicators: vec![
            share(
                "handled-in-time",
                "in_time",
                "in_time or late or overdue",
                Moment::Dispatched,
                Higher,
            ),
            share(
                "closed",
                "closed",
                "filed and not rejected",
                Moment::Filed,
                Higher,
            ),
            share(
                "rework",
                "reworks>0",
                "first_handled",
                Moment::Dispatched,
                Lower,
            ),
            share(
                "overdue",
                "overdue",
                "in_time or late or overdue",
                Moment::Dispatched,
                Lower,
            ),
            share(
                "extended",
                "extensions>0",
                "dispatched",
                Moment::Dispatched,
                Lower,
            ),
            share(
                "filed-in-time",
                "filed_in_time",
                "filed_in_time or filed_late or filing_overdue",
                Moment::Opened,
                Higher,
            ),
        ],
    }
}

/// One incident, moved by hand through its states.
struct Told {
    incident: Incident,
    case: Case,
}

impl Told {
    fn reported(number: u64, at: Timestamp) -> Self {
        let incident = Incident {
            id: IncidentId::new(number, 0),
            number: number.to_string(),
            revision: 1,
            state: State::Reported,
            category: Some("E0301".parse().expect("a code")),
            severity: Severity::Moderate,
            title: None,
            position: None,
            town: JurisdictionCode::new("441900121").ok(),
            village: None,
            grid: None,
            confidence: 80,
            opened_at: at,
            updated_at: at,
            opened_by: OpenedBy::Feed(SourceId::new("hotline-12345").expect("an id")),
            by_hand: SetByHand::default(),
            claimed_by: None,
            verified: None,
            clock: Some(clock(Stage::Accept, at, 15)),
            lead: None,
            supporting: Vec::new(),
            former: Vec::new(),
            evidence_count: 1,
            hops: 0,
            returned: false,
            binding: false,
            extension: Request::default(),
            suspension: Request::default(),
            suspended: false,
            suspended_until: None,
            instructions: Vec::new(),
            urged: 0,
            escalated_to: Vec::new(),
            escalation: Vec::new(),
            plan: None,
            appeal: Request::default(),
            exempted: false,
            satisfied: None,
            standard: None,
            linked: Vec::new(),
            merged_into: None,
            drill: false,
            why: Why {
                category: CategoryReason::Unknown,
                jurisdiction: JurisdictionReason::NoPosition,
                responsibility: ResponsibilityReason::Undecided,
            },
        };
        let case = Case::begun(at, &incident);
        Self { incident, case }
    }

    fn becomes(&mut self, state: State, at: Timestamp) -> &mut Self {
        self.incident.state = state;
        match state {
            State::Dispatched => {
                let lead = DepartmentId::new("lamps").expect("an id");
                self.incident.lead = Some(Assignment::new(lead, at));
                self.incident.hops += 1;
                self.incident.clock = Some(clock(Stage::Handle, at, 120));
            }
            State::Resolved => self.incident.clock = Some(clock(Stage::Check, at, 30)),
            State::Closed => self.incident.clock = None,
            _ => {}
        }
        self.incident.suspended = false;
        self.case.changed(at, &self.incident);
        self
    }

    /// With so much left of its limit.
    fn is_suspended(&mut self, at: Timestamp, left_ms: i64) -> &mut Self {
        self.incident.suspended = true;
        if let Some(clock) = &mut self.incident.clock {
            clock.paused_left_ms = Some(left_ms);
        }
        self.case.changed(at, &self.incident);
        self
    }

    fn may_be_suspended(&self) -> bool {
        let handles = |clock: &StageClock| clock.stage == Stage::Handle && !clock.is_paused();
        let at_work = (State::Dispatched..=State::Handling).contains(&self.incident.state);
        at_work && self.incident.clock.as_ref().is_some_and(handles)
    }
}

fn clock(stage: Stage, at: Timestamp, minutes: i64) -> StageClock {
    let limit = Limit::urgent_minutes(minutes as u32);
    StageClock {
        stage,
        limit,
        started_at: at,
        due: Due {
            start: at,
            limit,
            left_ms: None,
            due_at: Some(at.plus_minutes(minutes)),
            warn_at: None,
            certainty: Certainty::Certain,
            crossed: Vec::new(),
            zone: Zone::utc(),
            work_periods: Vec::new(),
        },
        paused_left_ms: None,
    }
}

fn day() -> Period {
    Period {
        since: minute(0),
        until: minute(1440),
    }
}

fn value(evaluation: &Evaluation, id: &str, cases: &[Case], at: Timestamp) -> Option<f64> {
    let counted = evaluation.counted(cases, day(), at);
    let index = evaluation.indicators.iter().position(|one| one.id == id)?;
    counted.get(index).and_then(Counted::value)
}

/// The first known mistake: a case filed late and closed on time is not filed in time, nor the other way round.
#[test]
fn timely_closing_is_not_timely_filing() {
    let evaluation = standard();
    let mut filed_late = Told::reported(1, minute(0));
    filed_late
        .becomes(State::Registered, minute(60))
        .becomes(State::Dispatched, minute(61))
        .becomes(State::Acknowledged, minute(62))
        .becomes(State::Resolved, minute(70))
        .becomes(State::Checked, minute(71))
        .becomes(State::Closed, minute(72));
    assert_eq!(filed_late.case.in_time, Some(true));
    assert_eq!(filed_late.case.filed_in_time(), Some(false));
    let mut closed_late = Told::reported(2, minute(0));
    closed_late
        .becomes(State::Registered, minute(5))
        .becomes(State::Dispatched, minute(6))
        .becomes(State::Acknowledged, minute(7))
        .becomes(State::Resolved, minute(700))
        .becomes(State::Checked, minute(701))
        .becomes(State::Closed, minute(702));
    let at = minute(800);
    let (late, early) = (filed_late.case, closed_late.case);
    for (case, filing, handling) in [(&late, 0.0, 100.0), (&early, 100.0, 0.0)] {
        let one = std::slice::from_ref(case);
        assert_eq!(value(&evaluation, "filed-in-time", one, at), Some(filing));
        assert_eq!(
            value(&evaluation, "handled-in-time", one, at),
            Some(handling)
        );
    }
}

/// Nobody who waits to be filed is forgotten: once the limit has passed it counts against.
#[test]
fn what_waits_past_its_limit_to_be_filed_counts() {
    let evaluation = standard();
    let waits = Told::reported(1, minute(0)).case;
    let one = std::slice::from_ref(&waits);
    assert_eq!(value(&evaluation, "filed-in-time", one, minute(14)), None);
    assert_eq!(
        value(&evaluation, "filed-in-time", one, minute(15)),
        Some(0.0)
    );
}

/// The second known mistake, as such systems make it: of those that were closed, how many in time. The guard names it, and the
/// town of this story would indeed fall from 100 to 50 by closing one more.
#[test]
fn a_towns_score_never_falls_when_it_closes_more() {
    let mistaken = Evaluation {
        cases: rule("not merged"),
        indicators: vec![share(
            "in-time",
            "in_time",
            "closed",
            Moment::Closed,
            Better::Higher,
        )],
    };
    let mut early = Told::reported(1, minute(0));
    early
        .becomes(State::Registered, minute(1))
        .becomes(State::Dispatched, minute(1))
        .becomes(State::Resolved, minute(30))
        .becomes(State::Closed, minute(40));
    let mut waiting = Told::reported(2, minute(0));
    waiting
        .becomes(State::Registered, minute(1))
        .becomes(State::Dispatched, minute(1));
    let at = minute(600);
    let before = [early.case, waiting.case.clone()];
    waiting.becomes(State::Closed, at);
    let after = [before[0].clone(), waiting.case];
    let score = |evaluation: &Evaluation, cases: &[Case]| {
        let counted = evaluation.counted(cases, day(), at);
        evaluation.score(&counted).value
    };
    assert_eq!(score(&mistaken, &before), Some(100.0));
    assert_eq!(score(&mistaken, &after), Some(50.0), "the mistake is real");
    let why = closing::punished(&mistaken, &mistaken.indicators[0]).expect("refused");
    assert!(why.contains("would lower the score"), "{why}");
    let ours = standard();
    assert!(score(&ours, &after) > score(&ours, &before));
    for indicator in &ours.indicators {
        assert_eq!(
            closing::punished(&ours, indicator),
            None,
            "{}",
            indicator.id
        );
    }
}

#[test]
fn a_formula_that_hides_its_mistake_behind_a_source_is_found_too() {
    let of = "source in (hotline-12345) and severity<=2 and closed";
    let hidden = share(
        "hidden",
        "in_time and not exempted",
        of,
        Moment::Opened,
        Better::Higher,
    );
    assert!(closing::punished(&Evaluation::default(), &hidden).is_some());
    let mean = measured(
        "hops",
        Measure::Mean(Count::Hops),
        "dispatched",
        Moment::Dispatched,
    );
    assert!(closing::punished(&Evaluation::default(), &mean).is_some());
}

#[test]
fn times_are_those_of_a_case_and_a_return_and_a_rework_are_remembered() {
    let to_dispatch = |percent| Measure::Percentile {
        percent,
        from: Moment::Opened,
        to: Moment::Dispatched,
    };
    let evaluation = Evaluation {
        cases: Rule::default(),
        indicators: vec![
            measured("median", to_dispatch(50), "dispatched", Moment::Dispatched),
            measured("p90", to_dispatch(90), "dispatched", Moment::Dispatched),
            measured(
                "hops",
                Measure::Mean(Count::Hops),
                "dispatched",
                Moment::Dispatched,
            ),
            share(
                "rework",
                "reworks>0",
                "first_handled",
                Moment::Dispatched,
                Better::Lower,
            ),
        ],
    };
    let cases: Vec<Case> = (1..=10)
        .map(|number| {
            let mut told = Told::reported(number, minute(0));
            told.becomes(State::Registered, minute(0))
                .becomes(State::Dispatched, minute(number as i64));
            if number == 10 {
                told.becomes(State::Registered, minute(20))
                    .becomes(State::Dispatched, minute(21))
                    .becomes(State::Resolved, minute(30))
                    .becomes(State::Handling, minute(31))
                    .becomes(State::Resolved, minute(40));
            }
            told.case
        })
        .collect();
    let at = minute(50);
    for (id, expected) in [
        ("median", 5.0),
        ("p90", 9.0),
        ("hops", 1.1),
        ("rework", 100.0),
    ] {
        assert_eq!(value(&evaluation, id, &cases, at), Some(expected), "{id}");
    }
    assert_eq!(cases[9].moments.first_handled, Some(minute(30)));
    assert_eq!(cases[9].moments.handled, Some(minute(40)));
}

#[test]
fn a_case_opened_again_is_not_done_and_waits_for_a_deadline() {
    let mut told = Told::reported(1, minute(0));
    told.becomes(State::Registered, minute(1))
        .becomes(State::Dispatched, minute(2))
        .becomes(State::Resolved, minute(3))
        .becomes(State::Closed, minute(4))
        .becomes(State::Registered, minute(500));
    let case = &told.case;
    assert_eq!(
        (case.in_time, case.due, case.moments.closed),
        (None, None, None)
    );
    assert_eq!(case.counts.reopenings, 1);
    assert_eq!(case.moments.filed, Some(minute(1)), "it was filed once");
    assert!(!case.is_overdue(minute(9_999)));
}

#[test]
fn an_exemption_stands_beside_the_fact() {
    let evaluation = standard();
    let mut told = Told::reported(1, minute(0));
    told.becomes(State::Registered, minute(1))
        .becomes(State::Dispatched, minute(2))
        .becomes(State::Resolved, minute(900))
        .becomes(State::Closed, minute(901));
    let before = evaluation.counted([&told.case], day(), minute(902));
    told.incident.exempted = true;
    told.case.changed(minute(903), &told.incident);
    let after = evaluation.counted([&told.case], day(), minute(904));
    let values = |counted: &[Counted]| counted.iter().map(Counted::value).collect::<Vec<_>>();
    assert_eq!(values(&before), values(&after));
    assert_eq!((before[0].exempted(), after[0].exempted()), (0, 1));
}

#[test]
fn the_period_before_is_as_long_and_ends_where_this_one_begins() {
    let before = day().before();
    assert_eq!((before.since, before.until), (minute(-1440), minute(0)));
    assert!(day().holds(minute(0)) && !day().holds(minute(1440)));
}

/// What may come after a state; anything open may also be closed by force.
fn after(state: State) -> &'static [State] {
    use State::{
        Acknowledged, Checked, Closed, Dispatched, Handling, Registered, Reported, Resolved,
    };
    match state {
        Reported => &[Registered, Closed],
        Registered => &[Dispatched, Closed],
        Dispatched => &[Acknowledged, Registered, Closed],
        Acknowledged => &[Handling, Resolved, Registered, Closed],
        Handling => &[Resolved, Registered, Closed],
        Resolved => &[Checked, Handling, Closed],
        Checked => &[Closed, Handling],
        Closed => &[Registered],
        _ => &[],
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    let steps = vec((any::<prop::sample::Index>(), 1..200_i64, 0..5), 0..8);
    (1..1_000_u64, 0..700_i64, steps, any::<bool>()).prop_map(
        |(number, opened, steps, exempted)| {
            let mut told = Told::reported(number, minute(opened));
            told.incident.exempted = exempted;
            let mut at = opened;
            for (which, step, suspends) in steps {
                at += step;
                if suspends == 0 && told.may_be_suspended() {
                    let due = told.case.due.unwrap_or(minute(at));
                    told.is_suspended(minute(at), due.since(minute(at)).max(0));
                    continue;
                }
                let next = after(told.incident.state);
                if !next.is_empty() {
                    told.becomes(next[which.index(next.len())], minute(at));
                }
            }
            told.case
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        max_global_rejects: 20_000,
        ..ProptestConfig::default()
    })]

    /// Closing one more case, all else equal, never lowers a score: of any town, in any state, in time or not, by force or not.
    #[test]
    fn closing_one_more_never_lowers_a_score(
        cases in vec(any_case(), 1..12),
        which in any::<prop::sample::Index>(),
        later in 0..3_000_i64,
        forced in any::<bool>(),
    ) {
        let evaluation = standard();
        let which = which.index(cases.len());
        let at = minute(700 + 8 * 200 + later);
        prop_assume!(cases[which].state.is_open());
        let mut after = cases.clone();
        after[which] = cases[which].if_closed(at, forced);
        let score = |cases: &[Case]| {
            let counted = evaluation.counted(cases, Period { since: minute(-1), until: minute(9_999) }, at);
            evaluation.score(&counted).value
        };
        let (was, is) = (score(&cases), score(&after));
        if let (Some(was), Some(is)) = (was, is) {
            prop_assert!(is >= was - 1e-9, "from {was} to {is}");
        }
    }

    /// Whatever the guard lets through is fair, of any formula that can be written.
    #[test]
    fn what_the_guard_lets_through_is_fair(
        cases in vec(any_case(), 1..6),
        which in any::<prop::sample::Index>(),
        numerator in formulas(),
        of in formulas(),
        counts_in in select(Moment::ALL.to_vec()),
        better in select(vec![Better::Higher, Better::Lower]),
        forced in any::<bool>(),
    ) {
        let evaluation = Evaluation {
            cases: Rule::default(),
            indicators: vec![share("any", &numerator, &of, counts_in, better)],
        };
        prop_assume!(closing::punished(&evaluation, &evaluation.indicators[0]).is_none());
        let which = which.index(cases.len());
        prop_assume!(cases[which].state.is_open());
        let at = minute(9_000);
        let mut after = cases.clone();
        after[which] = cases[which].if_closed(at, forced);
        let whole = Period { since: Timestamp::from_millis(0), until: minute(99_999) };
        let score = |cases: &[Case]| evaluation.score(&evaluation.counted(cases, whole, at)).value;
        if let (Some(was), Some(is)) = (score(&cases), score(&after)) {
            prop_assert!(is >= was - 1e-9, "{numerator} of {of}: from {was} to {is}");
        }
    }
}

fn formulas() -> impl Strategy<Value = String> {
    let atoms = select(vec![
        "filed",
        "dispatched",
        "first_handled",
        "handled",
        "closed",
        "open",
        "in_time",
        "late",
        "overdue",
        "filed_in_time",
        "reworks>0",
        "hops<=1",
        "exempted",
        "suspended",
        "severity<=2",
        "source=hotline-12345",
    ]);
    let atom = (any::<bool>(), atoms).prop_map(|(not, atom)| match not {
        true => format!("not {atom}"),
        false => atom.to_owned(),
    });
    (vec(atom, 1..4), any::<bool>())
        .prop_map(|(atoms, all)| atoms.join(if all { " and " } else { " or " }))
}
