//! Simulated people live through random histories, and after every step machine and plain model are held side by side:
//! the answer, the state, the clocks and what evaluation counts. `HISTORIES` says how many, `HISTORIES_SEED` from where.

mod city;
mod contract;
mod judged;
mod minutes;
mod model;
mod people;
mod seen;

use std::fmt::Write as _;
use std::ops::AddAssign;

use domain::case::Case;
use domain::change::{Change, Outcome};
use domain::command::{Command, CommandGiven, Input};
use domain::course::Following;
use domain::ids::{AttachmentId, BlockNumber, CommandId, EvidenceId, IncidentId};
use domain::incident::Happening;
use domain::lifecycle::{CommandName, State};
use domain::picture::Picture;
use domain::time::Timestamp;

use super::attaching::{attaches, photo};
use super::status;
use crate::single_writer::Machine;
use crate::single_writer::rehearsal::{Day, Said, nancheng, operator, places, shift_leader};
use city::{KINDS, answers_for, editions};
use contract::Beside;
use minutes::BEGIN;
use model::Model;
use people::{Chance, EVERYBODY, Who};

const DAY: i64 = 24 * 60;
/// Some seconds in an ordinary run of the tests.
const USUAL_HISTORIES: u64 = 300;
const USUAL_SEED: u64 = 20_261_123;
const MOST_STEPS: i64 = 60;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a whole number"))
}

/// What came of histories, and the numbers evaluation makes of them.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Tally {
    histories: u64,
    steps: u64,
    /// 200, 404, 403, 422, 409.
    answers: [u64; 5],
    repeated: u64,
    calendars: u64,
    closed: u64,
    numbers: Numbers,
}

#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Numbers {
    dispatched: u64,
    accurate: u64,
    done: u64,
    in_time: u64,
    returns: u64,
    reworks: u64,
    acknowledged: u64,
    resolved: u64,
    extensions: u64,
    exempted: u64,
    hops: u64,
}

impl AddAssign for Numbers {
    fn add_assign(&mut self, more: Self) {
        self.dispatched += more.dispatched;
        self.accurate += more.accurate;
        self.done += more.done;
        self.in_time += more.in_time;
        self.returns += more.returns;
        self.reworks += more.reworks;
        self.acknowledged += more.acknowledged;
        self.resolved += more.resolved;
        self.extensions += more.extensions;
        self.exempted += more.exempted;
        self.hops += more.hops;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.histories += more.histories;
        self.steps += more.steps;
        for (mine, more) in self.answers.iter_mut().zip(more.answers) {
            *mine += more;
        }
        self.repeated += more.repeated;
        self.calendars += more.calendars;
        self.closed += more.closed;
        self.numbers += more.numbers;
    }
}

fn moment(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// One incident's life, told twice.
struct History {
    seed: u64,
    chance: Chance,
    day: Day,
    now: i64,
    this: IncidentId,
    other: IncidentId,
    pieces: Vec<EvidenceId>,
    /// One of this, and one of the other.
    files: [AttachmentId; 2],
    model: Model,
    following: Following,
    case: Option<Case>,
    counted: Numbers,
    /// How many blocks have been followed.
    followed: usize,
    next_id: u128,
    blocks: Vec<(u128, BlockNumber)>,
    story: String,
    tally: Tally,
}

impl History {
    fn begin(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let now = begins(&mut chance);
        let edition = chance.below(editions().len());
        let picture = Picture {
            city: Some(editions()[edition].city.clone()),
            ..Picture::empty()
        };
        let mut day = Day::on(Machine::with_places(picture, places()), moment(now));
        let kind = chance.one_of(&KINDS).code;
        let (this, model) = match chance.below(20) {
            0..8 => {
                let opened = day.written_down(&operator(), Some(kind));
                (opened.id, Model::opens(edition, now, Some(kind), 1))
            }
            8..11 => {
                let opened = day.written_down(&operator(), None);
                (opened.id, Model::opens(edition, now, None, 1))
            }
            _ => {
                let report = |id| Said::report(id, moment(now), nancheng(), kind);
                day.feed([report("1"), report("2")]);
                let opened = day.open_incidents();
                assert_eq!(opened.len(), 1, "two calls of the same are one incident");
                let mut model = Model::opens(edition, now, Some(kind), 2);
                // What is decidable is dispatched by the machine.
                if answers_for(kind, model.minutes().date(now)).is_ok() {
                    contract::dispatches(&mut model, None, &[]);
                    model.facts.work.filed = Some(now);
                    model.facts.work.filed_in_time = Some(true);
                }
                (opened[0].id, model)
            }
        };
        let other = day.written_down(&operator(), Some("E0608")).id;
        let files = [this, other].map(|id| {
            let taken = attaches(&mut day, &operator(), id, None, photo(1));
            taken.expect("it is open").id
        });
        let pieces = day.evidence_of(this).iter().map(|piece| piece.id).collect();
        let mut history = Self {
            seed,
            chance,
            now,
            this,
            other,
            pieces,
            files,
            model,
            following: Following::default(),
            case: None,
            counted: Numbers::default(),
            followed: 0,
            next_id: 1_000_000,
            blocks: Vec::new(),
            story: String::new(),
            tally: Tally {
                histories: 1,
                ..Tally::default()
            },
            day,
        };
        let opened = history.day.incident(this);
        history.model.revision = opened.revision;
        history.model.severity = opened.severity;
        writeln!(history.story, "{:?} opens as {kind}", moment(now)).expect("a line");
        history.compare();
        history
    }

    fn live(mut self) -> Tally {
        for _ in 0..self.chance.minutes(5, MOST_STEPS) {
            self.time_passes();
            // The years of the test end.
            if self.now > BEGIN + 5 * 365 * DAY {
                break;
            }
            self.tally.steps += 1;
            if self.chance.percent(4) {
                self.calendar_is_edited();
            } else if self.model.state == State::Merged && self.chance.percent(50) {
                self.is_split_out_again();
            } else if self.chance.percent(1) {
                let reason = "它已经了结".to_owned();
                let by = shift_leader();
                let _ = self
                    .day
                    .command(&by, self.other, Command::ForceClose { reason });
                self.model.passes(self.now);
            } else if !self.blocks.is_empty() && self.chance.percent(6) {
                self.sends_again();
            } else {
                self.somebody_comes();
            }
            self.compare();
        }
        self.tally.closed = u64::from(self.model.state == State::Closed);
        self.tally.numbers = self.counted();
        self.tally
    }

    fn time_passes(&mut self) {
        let gap = match self.chance.below(100) {
            0..40 => 0,
            40..76 => self.chance.minutes(1, 15),
            76..90 => self.chance.minutes(15, 200),
            90..96 => self.chance.minutes(200, 3 * DAY),
            96..99 => self.chance.minutes(3 * DAY, 20 * DAY),
            _ => self.chance.minutes(20 * DAY, 150 * DAY),
        };
        if gap > 0 && self.chance.percent(30) {
            let first = self.chance.minutes(0, gap);
            self.is(self.now + first);
            self.day.tick();
            self.model.passes(self.now);
            self.tell("nothing".into());
            self.compare();
            self.is(self.now + gap - first);
        } else {
            self.is(self.now + gap);
        }
    }

    fn is(&mut self, now: i64) {
        self.now = now;
        self.day.now = moment(now);
    }

    fn tell(&mut self, what: String) {
        writeln!(self.story, "{:?} {what}", moment(self.now)).expect("a line");
    }

    fn calendar_is_edited(&mut self) {
        let edition = self.chance.below(editions().len());
        self.tell(format!("calendar {edition}"));
        // What was due by the calendar before has happened when the new one comes.
        self.day.tick();
        let city = (*editions()[edition].city).clone();
        self.day.block(vec![Input::City(Box::new(city))]);
        self.model.passes(self.now);
        self.model.edition = edition;
        self.model.speaks();
        self.tally.calendars += 1;
    }

    fn is_split_out_again(&mut self) {
        self.day.tick();
        let evidence = self.pieces.clone();
        let open = self.day.incident(self.other).state.is_open();
        let answer = self
            .day
            .command(&operator(), self.other, Command::Split { evidence });
        self.model.passes(self.now);
        self.tell(format!("split out of the other: {}", status(&answer)));
        assert_eq!(status(&answer) == 200, open, "{}", self.told());
        if open {
            contract::given_back(&mut self.model);
            self.model.speaks();
        }
    }

    fn sends_again(&mut self) {
        let (id, block) = *self.chance.one_of(&self.blocks);
        let who = *self.chance.one_of(&EVERYBODY);
        self.tell(format!("{id} again"));
        let given = CommandGiven {
            id: CommandId::from_bits(id),
            incident: self.this,
            by: who.actor(),
            expected_revision: None,
            after: None,
            command: Command::Claim,
        };
        let outcome = self.day.outcome(given);
        self.model.passes(self.now);
        let first = Outcome::Repeated(block, CommandId::from_bits(id));
        assert_eq!(outcome, first, "{}", self.told());
        self.tally.repeated += 1;
    }

    fn beside(&self) -> Beside {
        Beside {
            this: self.this,
            other: self.other,
            other_open: self.day.incident(self.other).state.is_open(),
            pieces: self.pieces.clone(),
            file: self.files[0],
            foreign: self.files[1],
        }
    }

    fn somebody_comes(&mut self) {
        self.model.passes(self.now);
        let mut beside = self.beside();
        if self.model.state == State::Merged {
            beside.pieces.clear();
        }
        let (who, what): (Who, Command) = people::next(&mut self.chance, &self.model, &beside);
        let revision = self.model.revision;
        let expected = match self.chance.below(20) {
            0..5 => Some(revision),
            5 => Some(revision.saturating_sub(1)),
            _ => None,
        };
        let after = match self.chance.below(20) {
            0 => Some(77),
            1 if !self.blocks.is_empty() => Some(self.chance.one_of(&self.blocks).0),
            _ => None,
        };
        self.next_id += 1;
        let id = self.next_id;
        let given = CommandGiven {
            id: CommandId::from_bits(id),
            incident: self.this,
            by: who.actor(),
            expected_revision: expected,
            after: after.map(CommandId::from_bits),
            command: what.clone(),
        };
        let answer = self.day.give(given);
        self.blocks.push((id, self.day.picture().block));
        let promised = contract::command(&mut self.model, &beside, &who, expected, after, &what);
        let done = promised == 200;
        self.model.given.insert(id, done);
        self.tell(format!("{id} {what:?} by {}: {promised}", who.name));
        if let (Command::Split { evidence }, true) = (&what, done) {
            self.pieces.retain(|piece| !evidence.contains(piece));
        }
        let index = [200, 404, 403, 422, 409]
            .iter()
            .position(|one| *one == promised);
        self.tally.answers[index.expect("one of these")] += 1;
        let refusal = answer.as_ref().err();
        assert_eq!(status(&answer), promised, "{refusal:?}\n{}", self.told());
    }

    fn told(&self) -> String {
        let lines: Vec<&str> = self.story.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Follows what changed as evaluation does, and holds both side by side.
    fn compare(&mut self) {
        for stepped in &self.day.told[self.followed..] {
            for change in &stepped.changes {
                match change {
                    Change::Incident(incident) if incident.id == self.this => {
                        self.following.changed(stepped.now, incident);
                        let begun = || Case::begun(stepped.now, incident);
                        let case = self.case.get_or_insert_with(begun);
                        case.changed(stepped.now, incident);
                    }
                    Change::Timeline(entry) if entry.incident == self.this => {
                        self.following.happened(&entry.what);
                        if let Some(case) = &mut self.case {
                            case.happened(entry);
                        }
                        count(&mut self.counted, &entry.what);
                    }
                    _ => {}
                }
            }
        }
        self.followed = self.day.told.len();
        let incident = self.day.incident(self.this);
        let mut machine = seen::of_machine(&incident, &self.following, moment(self.now));
        let mut model = seen::of_model(&self.model);
        let case = self.case.as_ref().expect("what was opened is a case");
        machine.extend(judged::of_machine(case, moment(self.now)));
        model.extend(judged::of_model(&self.model));
        if machine != model {
            let differ = machine.iter().zip(&model).filter(|(one, two)| one != two);
            let differ: Vec<String> = differ
                .map(|(one, two)| format!("machine: {one}\nmodel:   {two}"))
                .collect();
            let (these, those) = (machine.len(), model.len());
            let differ = differ.join("\n");
            panic!(
                "they differ ({these} lines, {those})\n{differ}\n{}",
                self.told()
            );
        }
        assert_eq!(self.counted(), self.promised(), "{}", self.told());
    }

    /// The numbers of the machine.
    fn counted(&self) -> Numbers {
        let incident = self.day.incident(self.this);
        let moments = self.following.moments;
        Numbers {
            dispatched: u64::from(moments.dispatched_at.is_some()),
            accurate: u64::from(moments.accurate == Some(true)),
            done: u64::from(moments.in_time.is_some()),
            in_time: u64::from(moments.in_time == Some(true)),
            extensions: incident.extension.granted.into(),
            exempted: incident.exempted.into(),
            hops: incident.hops.into(),
            ..self.counted
        }
    }

    /// The numbers of the model.
    fn promised(&self) -> Numbers {
        let (model, facts) = (&self.model, &self.model.facts);
        Numbers {
            dispatched: u64::from(facts.dispatched.is_some()),
            accurate: u64::from(model.accurate() == Some(true)),
            done: u64::from(facts.in_time.is_some()),
            in_time: u64::from(facts.in_time == Some(true)),
            returns: facts.returns.into(),
            reworks: facts.reworks.into(),
            acknowledged: facts.acknowledged.into(),
            resolved: facts.resolved.into(),
            extensions: model.extension.granted.into(),
            exempted: model.exempted.into(),
            hops: model.hops.into(),
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let seed = self.seed;
            eprintln!("it was the history of HISTORIES=1 HISTORIES_SEED={seed}");
        }
    }
}

/// A line of the log, as evaluation counts it.
fn count(numbers: &mut Numbers, what: &Happening) {
    let Happening::Commanded {
        command, from, to, ..
    } = what
    else {
        return;
    };
    let again = *to == State::Handling && matches!(from, State::Resolved | State::Checked);
    numbers.reworks += u64::from(again);
    numbers.returns += u64::from(*command == CommandName::Return);
    numbers.acknowledged += u64::from(*command == CommandName::Acknowledge);
    numbers.resolved += u64::from(*command == CommandName::Resolve && *to == State::Resolved);
}

/// Any minute from the autumn of 2025 to the end of 2027, often about a new year.
fn begins(chance: &mut Chance) -> i64 {
    if chance.percent(35) {
        let years = chance.minutes(1, 3);
        return BEGIN + years * 365 * DAY + chance.minutes(-4 * DAY, 4 * DAY);
    }
    BEGIN + chance.minutes(240 * DAY, 1090 * DAY)
}

#[test]
fn histories_go_as_the_plain_model_says() {
    let histories = number("HISTORIES").unwrap_or(USUAL_HISTORIES);
    let first = number("HISTORIES_SEED").unwrap_or(USUAL_SEED);
    let hands = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let hand = |index: u64| {
            scope.spawn(move || {
                let mut tally = Tally::default();
                for seed in (first + index..first + histories).step_by(hands as usize) {
                    minutes::forget();
                    tally += History::begin(seed).live();
                }
                tally
            })
        };
        let working: Vec<_> = (0..hands).map(hand).collect();
        let done = working.into_iter().map(|hand| match hand.join() {
            Ok(tally) => tally,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.collect()
    });
    let mut all = Tally::default();
    for tally in tallies {
        all += tally;
    }
    let [done, hidden, forbidden, bad, refused] = all.answers;
    println!(
        "{histories} histories from seed {first}: {} steps, {done} commands carried out, {hidden} 404, {forbidden} 403, \
         {bad} 422, {refused} 409, {} repeated, {} calendars edited, {} closed; both count {:?}",
        all.steps, all.repeated, all.calendars, all.closed, all.numbers
    );
    assert_eq!(all.histories, histories);
    let told = done > histories && hidden + forbidden + bad + refused > histories;
    assert!(told || histories < 100, "too little happens");
}
