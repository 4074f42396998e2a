//! Simulated people: who they are, and what they come to do next. Mostly what is sensible, sometimes anything.

use domain::account::{Actor, Role};
use domain::category::Severity;
use domain::command::Command;
use domain::ids::{AccountName, AttachmentId, DepartmentId, EvidenceId, IncidentId};
use domain::incident::Said;
use domain::lifecycle::{CommandName, State};
use domain::place::Position;
use domain::time::Timestamp;

use super::city::{DEPARTMENTS, HUMEN, KINDS, NANCHENG};
use super::contract::Beside;
use super::model::Model;
use crate::single_writer::rehearsal::{department, humen, kind, nancheng, town_code};

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed, the same history.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0, below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a count");
        usize::try_from(self.next() % end).expect("a count")
    }

    pub fn minutes(&mut self, from: i64, to: i64) -> i64 {
        let span = usize::try_from(to - from).expect("from before to");
        from + i64::try_from(self.below(span + 1)).expect("minutes")
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Who {
    pub name: &'static str,
    pub role: Role,
    pub department: Option<&'static str>,
    pub town: Option<&'static str>,
}

const fn who(name: &'static str, role: Role) -> Who {
    Who {
        name,
        role,
        department: None,
        town: None,
    }
}

const fn of(department: &'static str, name: &'static str) -> Who {
    Who {
        department: Some(department),
        ..who(name, Role::Department)
    }
}

const fn in_town(town: &'static str, name: &'static str) -> Who {
    Who {
        town: Some(town),
        ..who(name, Role::Collector)
    }
}

const LEADER: Who = who("zhang.wei", Role::ShiftLeader);
const OPERATOR: Who = who("li.na", Role::Operator);
const DISPATCHER: Who = who("wang.fang", Role::Dispatcher);
const COMMANDER: Who = who("chen.jing", Role::Commander);

pub const EVERYBODY: [Who; 18] = [
    LEADER,
    OPERATOR,
    DISPATCHER,
    COMMANDER,
    who("sun.li", Role::Operator),
    in_town(NANCHENG, "zhao.min"),
    in_town(HUMEN, "zhao.hu"),
    of(DEPARTMENTS[0], "of.swj"),
    of(DEPARTMENTS[1], "of.jjzd"),
    of(DEPARTMENTS[2], "of.cgj"),
    of(DEPARTMENTS[3], "of.gaj"),
    of(DEPARTMENTS[4], "of.xfj"),
    of(DEPARTMENTS[5], "of.town"),
    who("lost", Role::Department),
    who("admin", Role::Administrator),
    who("auditor", Role::Auditor),
    who("wall", Role::Wall),
    who("ma.jun", Role::Commander),
];

impl Who {
    pub fn actor(&self) -> Actor {
        Actor::Person {
            name: AccountName::new(self.name).expect("a name"),
            role: self.role,
            department: self.department.map(department),
            town: self.town.map(town_code),
        }
    }
}

pub const PLACES: usize = 3;

/// Two in Nancheng and one in Humen.
pub fn place_of(index: usize) -> Position {
    match index {
        0 => nancheng(),
        1 => nancheng().offset_m(40.0, 0.0),
        _ => humen(),
    }
}

fn somebody_of(department: &str) -> Who {
    let found = EVERYBODY
        .into_iter()
        .find(|one| one.department == Some(department));
    found.expect("each department has somebody")
}

/// Who comes, and with what.
pub fn next(chance: &mut Chance, model: &Model, beside: &Beside) -> (Who, Command) {
    if chance.percent(15) {
        let who = *chance.one_of(&EVERYBODY);
        let name = *chance.one_of(CommandName::ALL);
        return (who, with_arguments(chance, model, beside, name));
    }
    let lead = model
        .lead
        .as_ref()
        .map_or(OPERATOR, |part| somebody_of(&part.department));
    let support = match model.support.as_slice() {
        [] => lead,
        some => somebody_of(&chance.one_of(some).department),
    };
    let either = if chance.percent(60) { lead } else { support };
    let collector = EVERYBODY[5];
    use CommandName as N;
    let asked = [
        (model.extension.asked, N::DecideExtension),
        (model.suspension.asked, N::DecideSuspension),
        (model.appeal.asked, N::DecideAppeal),
    ];
    let asked = asked.iter().find(|(waits, _)| *waits);
    if let Some((_, decision)) = asked.filter(|_| chance.percent(40)) {
        let who = *chance.one_of(&[DISPATCHER, DISPATCHER, LEADER, COMMANDER]);
        return (who, with_arguments(chance, model, beside, *decision));
    }
    let at_work = [
        (support, N::AcceptSupport),
        (either, N::SetOut),
        (lead, N::Return),
        (either, N::RequestExtension),
        (DISPATCHER, N::DecideExtension),
        (either, N::RequestExtension),
        (DISPATCHER, N::DecideExtension),
        (COMMANDER, N::DecideExtension),
        (either, N::RequestSuspension),
        (DISPATCHER, N::DecideSuspension),
        (LEADER, N::DecideSuspension),
        (DISPATCHER, N::Resume),
        (either, N::Resume),
        (DISPATCHER, N::AddSupport),
        (DISPATCHER, N::RemoveSupport),
        (either, N::Tick),
        (OPERATOR, N::SetCategory),
    ];
    let anytime = [
        (OPERATOR, N::SetSeverity),
        (DISPATCHER, N::SetPosition),
        (OPERATOR, N::SetTitle),
        (LEADER, N::Urge),
        (COMMANDER, N::Instruct),
        (either, N::AnswerInstruction),
        (either, N::Escalate),
        (LEADER, N::Escalate),
        (either, N::Comment),
        (OPERATOR, N::Link),
        (OPERATOR, N::Split),
    ];
    let rarely = [
        (LEADER, N::ForceClose),
        (OPERATOR, N::Merge),
        (LEADER, N::Void),
        (LEADER, N::Reject),
    ];
    let mut usual: Vec<(Who, N)> = match model.state {
        State::Reported => vec![
            (OPERATOR, N::Claim),
            (OPERATOR, N::Release),
            (OPERATOR, N::SetCategory),
            (OPERATOR, N::RequestVerification),
            (collector, N::Verify),
            (LEADER, N::Register),
            (LEADER, N::Register),
            (LEADER, N::Register),
        ],
        State::Registered => vec![
            (DISPATCHER, N::Dispatch),
            (DISPATCHER, N::Dispatch),
            (DISPATCHER, N::Dispatch),
            (COMMANDER, N::DecideDispute),
            (OPERATOR, N::SetCategory),
        ],
        State::Dispatched => vec![(lead, N::Acknowledge); 5],
        State::Acknowledged => vec![(either, N::Arrive); 5],
        State::Handling => vec![
            (either, N::Arrive),
            (either, N::Resolve),
            (support, N::Resolve),
            (lead, N::Resolve),
            (lead, N::Resolve),
        ],
        State::Resolved => vec![
            (collector, N::Check),
            (collector, N::Check),
            (OPERATOR, N::Check),
            (OPERATOR, N::Check),
            (DISPATCHER, N::Rework),
            (DISPATCHER, N::AddSupport),
        ],
        State::Checked => vec![
            (LEADER, N::Close),
            (LEADER, N::Close),
            (LEADER, N::Close),
            (LEADER, N::Close),
            (DISPATCHER, N::Rework),
        ],
        State::Closed => vec![
            (OPERATOR, N::RecordFeedback),
            (either, N::Appeal),
            (LEADER, N::DecideAppeal),
            (LEADER, N::Reopen),
        ],
        State::Rejected | State::Voided | State::Merged => vec![(OPERATOR, N::Comment)],
    };
    if matches!(
        model.state,
        State::Dispatched | State::Acknowledged | State::Handling
    ) && chance.percent(35)
    {
        usual = at_work.to_vec();
    }
    if chance.percent(12) {
        usual = anytime.to_vec();
    }
    if chance.percent(2) {
        usual = rarely.to_vec();
    }
    let (who, name) = *chance.one_of(&usual);
    (who, with_arguments(chance, model, beside, name))
}

fn some_department(chance: &mut Chance, good: bool) -> DepartmentId {
    if good {
        department(DEPARTMENTS[chance.below(DEPARTMENTS.len())])
    } else {
        department("nobody")
    }
}

/// Arguments that mostly make sense.
fn with_arguments(
    chance: &mut Chance,
    model: &Model,
    beside: &Beside,
    name: CommandName,
) -> Command {
    use CommandName as N;
    let good = !chance.percent(6);
    let reason = if good { "因故" } else { " " }.to_owned();
    let text = reason.clone();
    let yes = chance.percent(70);
    let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
    match name {
        N::Claim => Command::Claim,
        N::Release => Command::Release,
        N::SetCategory if !good => Command::SetCategory(kind("E9999")),
        N::SetCategory => Command::SetCategory(kind(chance.one_of(&KINDS).code)),
        N::SetSeverity => Command::SetSeverity(*chance.one_of(&Severity::ALL)),
        N::SetPosition => Command::SetPosition(place_of(chance.below(PLACES))),
        N::SetTitle if !good => Command::SetTitle(String::new()),
        N::SetTitle => Command::SetTitle((*chance.one_of(&["水管", "路灯"])).to_owned()),
        N::Verify => Command::Verify {
            confirmed: yes,
            text,
        },
        N::Register => Command::Register,
        N::Reject => Command::Reject { reason },
        N::Void => Command::Void { reason },
        N::Dispatch => Command::Dispatch {
            lead: chance.percent(60).then(|| some_department(chance, good)),
            supporting: (0..chance.below(4))
                .map(|_| some_department(chance, true))
                .collect(),
        },
        N::Acknowledge => Command::Acknowledge,
        N::Return => Command::Return { reason },
        N::DecideDispute => Command::DecideDispute {
            lead: some_department(chance, true),
            reason,
        },
        N::Arrive => Command::Arrive {
            said: Said::default(),
        },
        N::Resolve => Command::Resolve {
            text,
            said: Said {
                attachments: some_files(chance, beside),
                ..Said::default()
            },
        },
        N::Check => Command::Check { passed: yes, text },
        N::Rework => Command::Rework { reason },
        N::Close => Command::Close {
            standard: if good { "恢复正常" } else { "差不多" }.into(),
        },
        N::ForceClose => Command::ForceClose { reason },
        N::Reopen => Command::Reopen { reason },
        N::RequestExtension => Command::RequestExtension { reason },
        N::DecideExtension => Command::DecideExtension {
            approved: yes,
            reason,
        },
        N::RequestSuspension => {
            let ahead = match chance.below(12) {
                0 => 0,
                1 => 367 * 1440,
                2..4 => chance.minutes(31 * 1440, 366 * 1440),
                4..6 => chance.minutes(1, 300),
                _ => chance.minutes(300, 30 * 1440),
            };
            Command::RequestSuspension {
                reason,
                until: chance.percent(80).then(|| at(model.now + ahead)),
            }
        }
        N::DecideSuspension => Command::DecideSuspension {
            approved: yes,
            reason,
        },
        N::Resume => Command::Resume,
        N::AddSupport => Command::AddSupport(some_department(chance, good)),
        N::RemoveSupport => match model.support.first().filter(|_| good) {
            Some(part) => Command::RemoveSupport(department(&part.department)),
            None => Command::RemoveSupport(some_department(chance, true)),
        },
        N::Merge => Command::Merge {
            into: some_incident(beside, good),
        },
        N::Link => Command::Link {
            incident: some_incident(beside, good),
        },
        N::Split => Command::Split {
            evidence: match beside.pieces.first().filter(|_| good) {
                Some(piece) => vec![*piece],
                None => vec![EvidenceId::new(99_999, 9)],
            },
        },
        N::Urge => Command::Urge { text },
        N::Instruct => Command::Instruct {
            text,
            answer_by: chance
                .percent(30)
                .then(|| at(model.now + chance.minutes(-10, 600))),
        },
        N::AnswerInstruction => Command::AnswerInstruction {
            text,
            instruction: chance
                .percent(40)
                .then(|| u16::try_from(chance.below(4)).expect("few")),
        },
        N::Escalate => Command::Escalate { text },
        N::Comment => Command::Comment {
            text,
            said: Said {
                mentions: match chance.below(4) {
                    0 => vec!["gaj".to_owned()],
                    1 => vec!["swj".to_owned(), "nobody".to_owned()],
                    _ => Vec::new(),
                },
                attachments: some_files(chance, beside),
                position: None,
            },
        },
        N::RecordFeedback => Command::RecordFeedback {
            satisfied: yes,
            text,
        },
        N::Appeal => Command::Appeal { reason },
        N::DecideAppeal => Command::DecideAppeal {
            approved: yes,
            reason,
        },
        N::RequestVerification => Command::RequestVerification { text },
        N::AcceptSupport => Command::AcceptSupport,
        N::SetOut => Command::SetOut {
            unit: None,
            eta_minutes: *chance.one_of(&[
                None,
                Some(1),
                Some(90),
                Some(1440),
                Some(0),
                Some(1441),
            ]),
            said: Said::default(),
        },
        N::Tick => Command::Tick {
            item: (*chance.one_of(&["shut", "dig", "cordon", "report"])).to_owned(),
            done: yes,
            text: String::new(),
        },
    }
}

/// Mostly none or its own; now and then another's, or the same twice.
fn some_files(chance: &mut Chance, beside: &Beside) -> Vec<AttachmentId> {
    match chance.below(20) {
        0..4 => vec![beside.file],
        4 => vec![beside.file, beside.foreign],
        5 => vec![beside.file, beside.file],
        _ => Vec::new(),
    }
}

fn some_incident(beside: &Beside, good: bool) -> IncidentId {
    if good { beside.other } else { beside.this }
}
