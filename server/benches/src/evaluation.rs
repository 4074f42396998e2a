//! How work is judged: a month of 100,000 cases by department, town and kind, as a person asks for it, with the month before
//! beside it. The records are read and every indicator of the pack is counted; beside it a plain pass over the same rows that
//! counts two of them by hand, which is what any such answer must cost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use domain::account::{Actor, Role};
use domain::case::Case;
use domain::category::CategoryCode;
use domain::change::Outcome;
use domain::city::City;
use domain::command::{Command, CommandGiven, Input, OpenByHand};
use domain::evaluation::rows::{self, Choice, Question};
use domain::evaluation::view::{By, EvaluationView};
use domain::evaluation::{Evaluation, Period};
use domain::ids::{AccountName, CommandId, DepartmentId, IncidentId};
use domain::incident::Said;
use domain::lifecycle::State;
use domain::place::Position;
use domain::policy::Judged;
use domain::time::Timestamp;
use gulou::scenario::Chance;
use gulou::store::{Folder as Data, Journal, Records};

use crate::day;
use crate::measure::{Length, ROUNDS, median, times_ours};
use crate::report::Row;
use crate::running::Folder;

const CASES: u64 = 100_000;
const CASES_A_BLOCK: u64 = 500;
const MONTH_MINUTES: i64 = 30 * 24 * 60;
const SEED: u64 = 20_261_123;
/// Somebody asks, and looks at the page while he waits.
const MOST_MS: f64 = 1_000.0;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let loaded = gulou::city::load(&gulou::city::Source::Embedded)
        .map_err(|mistakes| format!("{mistakes:?}"))?;
    let (city, evaluation) = (Arc::new(loaded.city), loaded.evaluation);
    let folder = Folder::new("evaluation")?;
    let records = judged_city(&city, &folder)?;
    let asks = match length {
        Length::Quick => 1,
        Length::Full => 3,
    };
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    let mut reads = Vec::new();
    for _ in 0..ROUNDS {
        let (mut own, mut floor) = (0.0, 0.0);
        for by in [By::Department, By::Town, By::Category] {
            for _ in 0..asks {
                let begun = Instant::now();
                let cases = read(&records)?;
                reads.push(ms(begun));
                let view = judged(&city, &evaluation, by, &cases);
                let written = serde_json::to_vec(&view).map_err(|error| error.to_string())?;
                own += ms(begun);
                drop(std::hint::black_box(written));
                let begun = Instant::now();
                let plain = plain(by, &read(&records)?);
                floor += ms(begun);
                agree(&view, &plain)?;
            }
        }
        let asked = f64::from(asks * 3);
        ours.push(own / asked);
        floors.push(floor / asked);
    }
    let own = median(&ours);
    let times = 1.0 / times_ours(&ours, &floors);
    Ok(vec![
        Row::new(
            "100,000 cases, all figures of a month and the one before",
            format!(
                "{own:.0} ms, of which {:.0} are reading; {times:.1} × a plain pass over the same rows",
                median(&reads)
            ),
            "≤ 1 s",
            own <= MOST_MS,
        ),
        Row::new(
            "the plain pass: two figures by hand",
            format!("{:.0} ms, same answers", median(&floors)),
            "told",
            true,
        ),
    ])
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_793_462_400_000).plus_minutes(minutes)
}

/// The second of two months.
fn month() -> Period {
    Period {
        since: minute(MONTH_MINUTES),
        until: minute(2 * MONTH_MINUTES),
    }
}

fn question<'a>(
    city: &'a City,
    evaluation: &'a Evaluation,
    by: By,
    choice: &'a Choice,
) -> Question<'a> {
    Question {
        evaluation,
        city,
        by,
        period: month(),
        choice,
        judged: &Judged::Everybody,
        at: month().until,
    }
}

fn read(records: &Records) -> Result<Vec<Case>, String> {
    let whole = Period {
        since: minute(0),
        until: month().until,
    };
    let found = records.cases(whole).map_err(|error| error.to_string())?;
    match found.cases.len() as u64 {
        CASES => Ok(found.cases),
        other => Err(format!("{other} cases of {CASES}")),
    }
}

fn judged(city: &City, evaluation: &Evaluation, by: By, cases: &[Case]) -> EvaluationView {
    let choice = Choice::default();
    rows::view(&question(city, evaluation, by, &choice), cases, 0)
}

/// By department, town or kind: handled in time, and of how many; closed, and of how many.
type Plain = BTreeMap<String, [u64; 4]>;

fn plain(by: By, cases: &[Case]) -> Plain {
    let mut found = Plain::new();
    let at = month().until;
    for case in cases {
        if matches!(case.state, State::Merged | State::Voided) {
            continue;
        }
        let key = match by {
            By::Department => case.department.as_ref().map(ToString::to_string),
            By::Town => case.town.as_ref().map(ToString::to_string),
            By::Category | By::Month => case.category.map(|code| code.to_string()),
        };
        let sums = found
            .entry(key.unwrap_or_else(|| rows::NONE.to_owned()))
            .or_default();
        let held = |at: Option<Timestamp>| at.is_some_and(|at| month().holds(at));
        if held(case.moments.dispatched) && (case.in_time.is_some() || case.is_overdue(at)) {
            sums[0] += u64::from(case.in_time == Some(true));
            sums[1] += 1;
        }
        if held(case.moments.filed) && case.state != State::Rejected {
            sums[2] += u64::from(case.state == State::Closed);
            sums[3] += 1;
        }
    }
    found
}

fn agree(view: &EvaluationView, plain: &Plain) -> Result<(), String> {
    for row in &view.rows {
        let at = |id: &str| {
            let place = view.indicators.iter().position(|one| one.id == id);
            let cell = place.and_then(|place| row.cells.get(place));
            cell.map(|cell| (cell.numerator, u64::from(cell.denominator)))
                .ok_or_else(|| format!("the pack has no {id}"))
        };
        let (handled, closed) = (at("handled-in-time")?, at("closed")?);
        let [in_time, due, done, filed] = plain.get(&row.key).copied().unwrap_or_default();
        if (handled, closed) != ((Some(in_time), due), (Some(done), filed)) {
            return Err(format!(
                "{}: {handled:?} and {closed:?}, by hand {plain:?}",
                row.key
            ));
        }
    }
    Ok(())
}

/// An incident that people work on.
#[derive(Clone)]
struct Open {
    id: IncidentId,
    category: CategoryCode,
    lead: Option<DepartmentId>,
}

/// Two months of a city that people run: 100,000 matters are written down, filed and dispatched; most are handled in time, some
/// late or not at all, and closed days later.
struct People {
    city: Arc<City>,
    chance: Chance,
    kinds: Vec<CategoryCode>,
    given: u128,
}

impl People {
    fn write_down(&mut self) -> Option<Input> {
        let town = self.chance.pick(&self.city.towns)?;
        let at = town.point?;
        let (lon, lat) = (
            at.longitude() + self.chance.between(-0.02, 0.02),
            at.latitude() + self.chance.between(-0.02, 0.02),
        );
        Some(Input::Open(Box::new(OpenByHand {
            by: actor(Role::Operator, None),
            position: Position::from_degrees(lon, lat).ok(),
            text: String::from("有情况"),
            category: self.chance.pick(&self.kinds).copied(),
            severity: None,
            reporter: None,
            drill: false,
        })))
    }

    fn command(&mut self, incident: &Open, by: Actor, command: Command) -> Input {
        self.given += 1;
        Input::Command(Box::new(CommandGiven {
            id: CommandId::from_bits(self.given),
            incident: incident.id,
            by,
            expected_revision: None,
            after: None,
            command,
        }))
    }

    /// What is done with those of a block after so many blocks.
    fn steps(&mut self, blocks_later: usize, incidents: &[Open]) -> Vec<Input> {
        let mut inputs = Vec::new();
        for incident in incidents {
            let lead = || actor(Role::Department, incident.lead.clone());
            let leader = actor(Role::ShiftLeader, None);
            match blocks_later {
                0 => {
                    inputs.push(self.command(incident, leader, Command::Register));
                    let dispatch = Command::Dispatch {
                        lead: None,
                        supporting: Vec::new(),
                    };
                    let dispatcher = actor(Role::Dispatcher, None);
                    inputs.push(self.command(incident, dispatcher, dispatch));
                }
                1 => inputs.push(self.command(incident, lead(), Command::Acknowledge)),
                // Whoever is done already is refused the second time.
                2 | 30 if self.chance.happens(0.7) => {
                    let resolve = Command::Resolve {
                        text: "处置好了".into(),
                        said: Said::default(),
                    };
                    inputs.push(self.command(incident, lead(), resolve));
                }
                31 => {
                    let check = Command::Check {
                        passed: self.chance.happens(0.9),
                        text: String::new(),
                    };
                    inputs.push(self.command(incident, actor(Role::Operator, None), check));
                }
                32 => {
                    let kind = self.city.category(incident.category);
                    let standard = kind.and_then(|kind| kind.standards.first().cloned());
                    let close = Command::Close {
                        standard: standard.unwrap_or_default(),
                    };
                    inputs.push(self.command(incident, leader, close));
                }
                _ => {}
            }
        }
        inputs
    }
}

fn actor(role: Role, department: Option<DepartmentId>) -> Actor {
    Actor::Person {
        name: AccountName::new("somebody").expect("a short word is a name"),
        role,
        department,
        town: None,
    }
}

fn judged_city(city: &Arc<City>, folder: &Folder) -> Result<Records, String> {
    let wrong = |error: gulou::store::StoreError| error.to_string();
    let data = Data::open(&folder.path().join("data")).map_err(|error| error.to_string())?;
    let (journal, _) = Journal::open(&data, false).map_err(wrong)?;
    let (records, _) = Records::open(&data, &journal).map_err(wrong)?;
    let mut machine = day::machine(city);
    let left_to_people = |code: &CategoryCode| city.tray_categories.contains(code);
    let kinds = city.categories.keys().copied();
    let mut people = People {
        city: city.clone(),
        chance: Chance::of(SEED, &[]),
        kinds: kinds.filter(|code| !left_to_people(code)).collect(),
        given: 0,
    };
    let blocks = CASES / CASES_A_BLOCK;
    let minutes = 2 * MONTH_MINUTES / blocks as i64;
    let mut before: VecDeque<Vec<Open>> = VecDeque::new();
    for number in 0..blocks {
        let now = minute(number as i64 * minutes);
        let mut inputs = Vec::new();
        for later in 1..=before.len() {
            let incidents = before[later - 1].clone();
            inputs.extend(people.steps(later, &incidents));
        }
        for _ in 0..CASES_A_BLOCK {
            inputs.push(people.write_down().ok_or("a town has no point")?);
        }
        let opened = machine.step(&day::block(&machine, now, inputs));
        let mut new: Vec<Open> = Vec::new();
        for outcome in &opened.outcomes {
            if let Outcome::Opened(incident) = outcome {
                new.push(Open {
                    id: incident.id,
                    category: incident.category.ok_or("no kind")?,
                    lead: None,
                });
            }
        }
        let inputs = people.steps(0, &new);
        let dispatched = machine.step(&day::block(&machine, now.plus_minutes(5), inputs));
        for open in &mut new {
            let incident = machine.picture().incidents.get(&open.id);
            let lead = incident.and_then(|incident| incident.lead.as_ref());
            open.lead = lead.map(|lead| lead.department.clone());
        }
        records
            .apply(&[Arc::new(opened), Arc::new(dispatched)])
            .map_err(wrong)?;
        before.push_front(new);
        before.truncate(32);
    }
    Ok(records)
}
