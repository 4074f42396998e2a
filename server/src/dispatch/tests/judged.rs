//! How what people did here is judged: moves of powers by the cases that moved, and departments without telling on one another.

use domain::case::{Case, Count, FLAGS, Moment, VALUES};
use domain::change::Change;
use domain::command::Command;
use domain::evaluation::rows::{Choice, Question, view};
use domain::evaluation::view::{By, EvaluationView, LeadView, MoveView, RowView};
use domain::evaluation::{Better, Evaluation, Indicator, Measure, Period, Rule, moves};
use domain::filter::Filter;
use domain::ids::IncidentId;
use domain::policy::Judged;
use domain::time::CivilDate;

use crate::single_writer::rehearsal::{
    Day, department, dispatcher, operator, shift_leader, town_code,
};

fn rule(words: &str) -> Rule {
    Rule {
        words: words.into(),
        filter: Filter::parse_with_flags(words, VALUES, FLAGS).expect("a rule"),
    }
}

/// Dispatches a case: its denominator says how many cases there are.
fn evaluation() -> Evaluation {
    Evaluation {
        cases: Rule::default(),
        indicators: vec![Indicator {
            id: "hops".into(),
            name: "平均派遣次数".into(),
            name_en: "Dispatches a case".into(),
            unit: "次".into(),
            unit_en: "×".into(),
            decimals: 2,
            measure: Measure::Mean(Count::Hops),
            of: rule("dispatched"),
            counts_in: Moment::Dispatched,
            better: Better::Lower,
            source: "test".into(),
            source_en: "test".into(),
            weight: 0,
        }],
    }
}

/// Written down in Nancheng and dispatched, by the table unless somebody is named.
fn dispatched(day: &mut Day, category: &str, lead: Option<&str>) -> IncidentId {
    let id = day.written_down(&operator(), Some(category)).id;
    day.must(&shift_leader(), id, Command::Register);
    let dispatch = Command::Dispatch {
        lead: lead.map(department),
        supporting: Vec::new(),
    };
    day.must(&dispatcher(), id, dispatch);
    id
}

fn case(day: &Day, id: IncidentId) -> Case {
    let mut case: Option<Case> = None;
    for stepped in &day.told {
        for change in &stepped.changes {
            match change {
                Change::Incident(incident) if incident.id == id => {
                    let case = case.get_or_insert_with(|| Case::begun(stepped.now, incident));
                    case.changed(stepped.now, incident);
                }
                Change::Timeline(entry) if entry.incident == id => {
                    if let Some(case) = &mut case {
                        case.happened(entry);
                    }
                }
                _ => {}
            }
        }
    }
    case.expect("it was opened")
}

fn date(text: &str) -> CivilDate {
    text.parse().expect("a date")
}

fn counted(moved: &MoveView) -> (u32, u32) {
    let of = |row: &RowView| row.cells[0].denominator;
    (of(&moved.before), of(&moved.after))
}

/// Of a class that goes to others, what had rows of its own stays where it was; a town whose row ends falls back to the city's.
#[test]
fn a_move_is_judged_by_the_cases_whose_power_moved() {
    let (on, a_day_later) = (date("2026-11-24"), date("2026-11-25"));
    let nancheng = Some(town_code("441900004"));
    let mut day = Day::in_city(|city| {
        let mut more = Vec::new();
        for row in &mut city.responsibilities {
            let is_class = row.category == "E01" && row.jurisdiction.is_none();
            let is_town = row.category == "E0102" && row.jurisdiction == nancheng;
            if is_class {
                let mut begins = row.clone();
                begins.id = "R9001".into();
                begins.valid_from = on;
                begins.lead = department("wgl");
                more.push(begins);
            }
            if is_class {
                row.valid_to = Some(on);
            } else if is_town && row.is_valid_on(on) {
                row.valid_to = Some(a_day_later);
            }
        }
        city.responsibilities.extend(more);
    });
    let ids = [
        dispatched(&mut day, "E0101", None),
        dispatched(&mut day, "E0102", None),
    ];
    day.until("2026-11-27T12:00:00+08:00");
    let cases = ids.map(|id| case(&day, id));
    let (city, evaluation) = (day.city(), evaluation());
    let period = Period {
        since: day.now.plus_minutes(-5 * 24 * 60),
        until: day.now,
    };
    let found: Vec<MoveView> = moves::moves(&city, period, day.now)
        .iter()
        .map(|one| one.view(&evaluation, &city, &Judged::Everybody, &cases, 30, day.now))
        .collect();
    let of = |category: &str| {
        let one = found.iter().find(|one| one.category == category);
        one.unwrap_or_else(|| panic!("no move of {category}"))
    };
    let leads = |all: &[LeadView]| all.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    let class = of("E01");
    assert_eq!(
        (leads(&class.from), leads(&class.to)),
        (vec!["cgj".into()], vec!["wgl".into()])
    );
    assert_eq!(
        counted(class),
        (1, 0),
        "the exposed garbage was Nancheng's own"
    );
    let town = of("E0102");
    let back = (leads(&town.from), leads(&town.to));
    assert_eq!(back, (vec!["town-441900004".into()], vec!["wgl".into()]));
    assert_eq!(counted(town), (1, 0));
}

fn as_a_department_sees(cases: &[Case], day: &Day, choice: &Choice) -> EvaluationView {
    let question = Question {
        evaluation: &evaluation(),
        city: &day.city(),
        by: By::Department,
        period: Period {
            since: day.now.plus_minutes(-24 * 60),
            until: day.now.plus_minutes(1),
        },
        choice,
        judged: &Judged::Department(department("cgj")),
        at: day.now,
    };
    view(&question, cases, 0)
}

/// A department sees itself and the others together: never one of them, whatever it chooses.
#[test]
fn nobody_finds_out_how_one_other_department_does() {
    let mut day = Day::begin();
    let ids = ["cgj", "swj", "zjj"].map(|lead| dispatched(&mut day, "E0101", Some(lead)));
    let cases = ids.map(|id| case(&day, id));
    let all = as_a_department_sees(&cases, &day, &Choice::default());
    let keys: Vec<&str> = all.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["cgj"]);
    let others = all.others.expect("two others together");
    assert_eq!(others.cells[0].denominator, 2);
    let chosen = Choice {
        department: Some("swj".into()),
        ..Choice::default()
    };
    assert_eq!(as_a_department_sees(&cases, &day, &chosen).others, None);
    let [mine, one, _] = &cases;
    let two = [mine.clone(), one.clone()];
    assert_eq!(
        as_a_department_sees(&two, &day, &Choice::default()).others,
        None
    );
}
