//! The commands as the public contract has them (API.md, PLAN.md), told a second time by hand: who may, when, and what
//! becomes of it. 404 before 403 before 422 before 409.

use domain::account::Role;
use domain::assignment::Stage;
use domain::command::Command;
use domain::lifecycle::State;

use super::city::{DEPARTMENTS, HUMEN, KINDS, NANCHENG, answers_for};
use super::judged;
use super::model::{Model, Part, Wish};
use super::people::{PLACES, Who, place_of};

const DAY: i64 = 24 * 60;
const OPEN: &str = "reported registered dispatched acknowledged handling resolved checked";
const WORK: &str = "dispatched acknowledged handling";
const ORDERED: &str = "dispatched acknowledged handling resolved";
const DESK: &str = "operator shift_leader dispatcher";

/// What is known of the world beside this one incident.
pub struct Beside {
    pub this: domain::ids::IncidentId,
    pub other: domain::ids::IncidentId,
    /// The other is open.
    pub other_open: bool,
    pub pieces: Vec<domain::ids::EvidenceId>,
    /// A file of this one, and one of the other.
    pub file: domain::ids::AttachmentId,
    pub foreign: domain::ids::AttachmentId,
}

fn named(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|one| one == word)
}

/// From which states, and by whom; `lead`, `support` and `department` are people of the incident's departments.
fn row(command: &Command) -> (&'static str, &'static str) {
    use Command as C;
    match command {
        C::Claim | C::Release => ("reported registered", DESK),
        C::SetCategory(_) | C::SetSeverity(_) | C::SetPosition(_) | C::SetTitle(_) => (OPEN, DESK),
        C::Verify { .. } => ("reported", "collector operator"),
        C::RequestVerification { .. } => ("reported", "operator shift_leader"),
        C::Register | C::Reject { .. } => ("reported", "shift_leader"),
        C::Void { .. } => ("reported registered", "shift_leader"),
        C::Dispatch { .. } => ("registered", "dispatcher"),
        C::Acknowledge => ("dispatched", "lead"),
        C::Return { .. } => (WORK, "lead"),
        C::DecideDispute { .. } => ("registered", "shift_leader commander"),
        C::AcceptSupport => (WORK, "support"),
        C::SetOut { .. } => (WORK, "department"),
        C::Arrive { .. } | C::Resolve { .. } => ("acknowledged handling", "department"),
        C::Check { .. } => ("resolved", "collector operator"),
        C::Rework { .. } => ("resolved checked", "dispatcher shift_leader"),
        C::Close { .. } => ("checked", "shift_leader"),
        C::ForceClose { .. } => (OPEN, "shift_leader commander"),
        C::Reopen { .. } => ("closed", "shift_leader"),
        C::RequestExtension { .. } | C::RequestSuspension { .. } => (WORK, "department"),
        C::DecideExtension { .. } | C::DecideSuspension { .. } => (WORK, "dispatcher"),
        C::Resume => (WORK, "department dispatcher"),
        C::AddSupport(_) | C::RemoveSupport(_) => (ORDERED, "dispatcher"),
        C::Tick { .. } => (ORDERED, "department dispatcher shift_leader operator"),
        C::Merge { .. } | C::Split { .. } => (OPEN, DESK),
        C::Urge { .. } | C::Instruct { .. } => (OPEN, "commander shift_leader"),
        C::AnswerInstruction { .. } => (OPEN, "department"),
        C::Escalate { .. } | C::Comment { .. } | C::Link { .. } => (
            OPEN,
            "collector operator shift_leader dispatcher department commander",
        ),
        C::RecordFeedback { .. } => ("closed", "operator"),
        C::Appeal { .. } => ("closed", "department"),
        C::DecideAppeal { .. } => ("closed", "shift_leader"),
    }
}

fn may_read(model: &Model, who: &Who) -> bool {
    let town = [NANCHENG, NANCHENG, HUMEN][model.place];
    match (who.role, who.department, who.town) {
        (Role::Department, None, _) => false,
        (Role::Department, Some(of), _) => {
            model.readers.contains(of) || of == "town-441900004" && town == NANCHENG
        }
        (Role::Collector, _, Some(its)) => its == town,
        _ => true,
    }
}

fn leads(model: &Model, who: &Who) -> bool {
    model
        .lead
        .as_ref()
        .is_some_and(|part| Some(part.department.as_str()) == who.department)
}

fn part<'a>(model: &'a mut Model, who: &Who) -> Option<&'a mut Part> {
    model
        .lead
        .iter_mut()
        .chain(&mut model.support)
        .find(|part| Some(part.department.as_str()) == who.department)
}

fn may_give(model: &mut Model, who: &Who, command: &Command) -> bool {
    let (_, roles) = row(command);
    let second = match command {
        Command::DecideExtension { .. } => model.extension.waits_for_leader(),
        Command::DecideSuspension { .. } => model.suspension.waits_for_leader(),
        _ => false,
    };
    if who.role == Role::Department {
        let lead = leads(model, who);
        let involved = part(model, who).is_some();
        return named(roles, "department") && involved
            || named(roles, "lead") && lead
            || named(roles, "support") && involved && !lead;
    }
    let leader = matches!(who.role, Role::ShiftLeader | Role::Commander);
    named(roles, who.role.name()) || second && leader
}

/// The other lies in Nancheng and was given to nobody: what somebody may not read does not exist to him.
fn sees_other(who: &Who) -> bool {
    match who.role {
        Role::Department => who.department == Some("town-441900004"),
        Role::Collector => who.town == Some(NANCHENG),
        _ => true,
    }
}

fn is_good(model: &Model, beside: &Beside, who: &Who, command: &Command) -> bool {
    use Command as C;
    let words = |text: &str| !text.trim().is_empty();
    let department = |id: &domain::ids::DepartmentId| DEPARTMENTS.contains(&id.as_str());
    // Its one file, and that once.
    let files = |named: &[domain::ids::AttachmentId]| named.is_empty() || *named == [beside.file];
    match command {
        C::SetCategory(code) => KINDS.iter().any(|kind| kind.code == code.to_string()),
        C::SetTitle(title) => words(title),
        C::Reject { reason }
        | C::Void { reason }
        | C::Return { reason }
        | C::Rework { reason }
        | C::ForceClose { reason }
        | C::Reopen { reason }
        | C::RequestExtension { reason }
        | C::Appeal { reason } => words(reason),
        C::RequestSuspension { reason, until } => {
            let ahead = until.map(|until| until.millis() / 60_000 - model.now);
            words(reason) && ahead.is_none_or(|ahead| 0 < ahead && ahead <= 366 * DAY)
        }
        C::DecideDispute { lead, reason } => department(lead) && words(reason),
        C::Dispatch { lead, supporting } => {
            lead.as_ref().is_none_or(department) && supporting.iter().all(department)
        }
        C::AddSupport(id) | C::RemoveSupport(id) => department(id),
        C::Urge { text } | C::Escalate { text } => words(text),
        C::Resolve { text, said } => words(text) && files(&said.attachments),
        C::Comment { text, said } => {
            let known = |name: &String| DEPARTMENTS.contains(&name.as_str());
            words(text) && said.mentions.iter().all(known) && files(&said.attachments)
        }
        C::Instruct { text, answer_by } => {
            words(text) && answer_by.is_none_or(|by| by.millis() / 60_000 > model.now)
        }
        C::AnswerInstruction { text, instruction } => {
            let waits = |number: u16| {
                let index = usize::from(number).wrapping_sub(1);
                model.answered.get(index) == Some(&false)
            };
            words(text) && instruction.is_none_or(waits)
        }
        C::SetOut {
            unit, eta_minutes, ..
        } => unit.is_none() && eta_minutes.is_none_or(|minutes| (1..=1440).contains(&minutes)),
        C::Tick { item, .. } => match model.plan {
            Some("burst") => named("shut dig", item),
            Some(_) => named("cordon report", item),
            None => true,
        },
        C::Close { standard } => model.kind().is_some() && standard == "恢复正常",
        C::Merge { into } => *into == beside.other && beside.other_open && sees_other(who),
        C::Link { incident } => *incident == beside.other && sees_other(who),
        C::Split { evidence } => {
            let all = beside.pieces.len();
            let known = evidence.iter().all(|piece| beside.pieces.contains(piece));
            known && !evidence.is_empty() && evidence.len() < all
        }
        _ => true,
    }
}

fn fits(model: &mut Model, who: &Who, command: &Command) -> bool {
    use Command as C;
    let (from, _) = row(command);
    if !named(from, model.state.name()) {
        return false;
    }
    let dispatcher_again = |wish: &Wish| wish.first_yes && who.role == Role::Dispatcher;
    match command {
        C::Claim => model.claimed.is_none(),
        C::Release => match &model.claimed {
            None => false,
            Some(name) => name == who.name || who.role == Role::ShiftLeader,
        },
        C::Register => model.category.is_some(),
        C::RequestVerification { .. } => {
            model.clock.as_ref().map(|clock| clock.stage) != Some(Stage::Verify)
        }
        C::Dispatch { lead, .. } => {
            let date = model.minutes().date(model.opened);
            let code = model.category.clone();
            code.is_some_and(|code| lead.is_some() || answers_for(&code, date).is_ok())
        }
        C::Return { .. } => !model.binding,
        C::DecideDispute { .. } => model.returned,
        C::RequestExtension { .. } => {
            let (minutes, now) = (model.minutes(), model.now);
            let late = model
                .clock
                .as_ref()
                .is_some_and(|clock| clock.is_late(minutes, now));
            !model.extension.asked && model.extension.granted < 2 && !late
        }
        C::DecideExtension { .. } => model.extension.asked && !dispatcher_again(&model.extension),
        C::RequestSuspension { .. } => {
            !model.suspension.asked && !model.suspended() && model.suspension.granted == 0
        }
        C::DecideSuspension { .. } => {
            model.suspension.asked && !dispatcher_again(&model.suspension)
        }
        C::Resume => model.suspended(),
        C::AcceptSupport => {
            part(model, who).is_some_and(|part| part.acknowledged.is_none() && part.done.is_none())
        }
        C::SetOut { .. } | C::Arrive { .. } => {
            part(model, who).is_some_and(|part| part.arrived.is_none() && part.done.is_none())
        }
        C::Resolve { .. } => part(model, who).is_some_and(|part| part.done.is_none()),
        C::AddSupport(id) => {
            let id = id.as_str();
            let lead = model
                .lead
                .as_ref()
                .is_some_and(|part| part.department == id);
            !lead && model.support.iter().all(|part| part.department != id)
        }
        C::RemoveSupport(id) => model
            .support
            .iter()
            .any(|part| part.department == id.as_str()),
        C::Tick { .. } => model.plan.is_some(),
        C::Instruct { .. } => model.answered.len() < 50,
        C::AnswerInstruction { .. } => model.answered.contains(&false),
        C::Appeal { .. } => !model.appeal.asked && !model.exempted,
        C::DecideAppeal { .. } => model.appeal.asked,
        _ => true,
    }
}

/// One no ends it; some need two yeses.
fn decides(wish: &mut Wish, yes: bool) -> bool {
    if !yes {
        wish.asked = false;
        wish.first_yes = false;
        wish.refused += 1;
        return false;
    }
    if wish.needs_leader && !wish.first_yes {
        wish.first_yes = true;
        return false;
    }
    wish.asked = false;
    wish.first_yes = false;
    wish.granted += 1;
    true
}

fn asks(wish: &mut Wish, needs_leader: bool, until: i64) {
    wish.asked = true;
    wish.first_yes = false;
    wish.needs_leader = needs_leader;
    wish.until = until;
}

/// The status of the answer; what a refused command changed is nothing.
pub fn command(
    model: &mut Model,
    beside: &Beside,
    who: &Who,
    expected: Option<u32>,
    after: Option<u128>,
    command: &Command,
) -> u16 {
    if !may_read(model, who) {
        return 404;
    }
    if !may_give(model, who, command) {
        return 403;
    }
    if !is_good(model, beside, who, command) {
        return 422;
    }
    let earlier = after.is_none_or(|id| model.given.get(&id) == Some(&true));
    let current = expected.is_none_or(|revision| revision == model.revision);
    if !earlier || !current || !fits(model, who, command) {
        return 409;
    }
    let before = model.clone();
    happens(model, who, command);
    let ended = |state| matches!(state, State::Resolved | State::Closed);
    if ended(model.state)
        && !matches!(
            before.state,
            State::Resolved | State::Checked | State::Closed
        )
    {
        let handling = before.clock.as_ref().filter(|clock| clock.handles);
        model.facts.in_time = handling.and_then(|clock| clock.in_time(before.minutes(), model.now));
    }
    if named(
        "registered dispatched acknowledged handling",
        model.state.name(),
    ) {
        model.facts.in_time = None;
    }
    if model.state == State::Closed {
        model.facts.closed.get_or_insert(model.now);
    } else {
        model.facts.closed = None;
    }
    judged::follow(model, &before, command);
    if before.weighty() != model.weighty() {
        model.revision += 1;
    }
    200
}

fn happens(model: &mut Model, who: &Who, command: &Command) {
    use Command as C;
    let now = model.now;
    match command {
        C::Claim => model.claimed = Some(who.name.to_owned()),
        C::Release => model.claimed = None,
        C::SetCategory(code) => model.category = Some(code.to_string()),
        C::SetSeverity(severity) => {
            model.severity = *severity;
            if model.lead.is_some() {
                model.takes_plan();
            }
        }
        C::SetPosition(position) => {
            let same = |index: &usize| place_of(*index) == *position;
            model.place = (0..PLACES).find(same).expect("a place of the test");
        }
        C::SetTitle(title) => model.title = Some(title.clone()),
        C::Verify { confirmed, .. } => {
            model.verified = Some(*confirmed);
            if model.clock.as_ref().map(|clock| clock.stage) == Some(Stage::Verify) {
                model.starts(Stage::Accept);
            }
        }
        C::RequestVerification { .. } => model.starts(Stage::Verify),
        C::Register => {
            model.state = State::Registered;
            model.starts(Stage::Dispatch);
        }
        C::Reject { .. } => model.ends(State::Rejected),
        C::Void { .. } => model.ends(State::Voided),
        C::Dispatch { lead, supporting } => dispatches(model, lead.as_ref(), supporting),
        C::Acknowledge => {
            model.state = State::Acknowledged;
            model.facts.acknowledged += 1;
            acknowledges(model, who);
        }
        C::AcceptSupport => acknowledges(model, who),
        C::SetOut { eta_minutes, .. } => {
            let there = eta_minutes.map(|minutes| now + i64::from(minutes));
            let part = part(model, who).expect("involved");
            part.set_out = Some((now, there));
        }
        C::Arrive { .. } => {
            acknowledges(model, who);
            part(model, who).expect("involved").arrived = Some(now);
            model.state = State::Handling;
        }
        C::Resolve { .. } => {
            acknowledges(model, who);
            let part = part(model, who).expect("involved");
            part.done = Some(now);
            part.clock = None;
            if leads(model, who) {
                model.goes_on(now);
                model.state = State::Resolved;
                model.facts.resolved += 1;
                model.extension.asked = false;
                model.suspension.asked = false;
                model.starts(Stage::Check);
            }
        }
        C::Return { .. } => {
            // The clock runs on, and what its department asked for is asked no longer.
            model.state = State::Registered;
            model.returned = true;
            model.facts.returns += 1;
            model.extension.asked = false;
            model.suspension.asked = false;
            model.goes_on(now);
        }
        C::DecideDispute { lead, .. } => {
            model.is_given_to(lead.as_str());
            model.binding = true;
        }
        C::Check { passed: true, .. } => model.ends(State::Checked),
        C::Check { passed: false, .. } | C::Rework { .. } => model.again(),
        C::Close { .. } => {
            model.standard = true;
            model.ends(State::Closed);
        }
        C::ForceClose { .. } => model.ends(State::Closed),
        C::Reopen { .. } => {
            model.state = State::Registered;
            model.standard = false;
            model.binding = false;
            model.returned = false;
            model.starts(Stage::Dispatch);
        }
        C::RequestExtension { .. } => {
            let second = model.extension.granted == 1;
            asks(&mut model.extension, second, 0);
        }
        C::DecideExtension { approved, .. } => {
            if decides(&mut model.extension, *approved) {
                model.lasts_longer();
            }
        }
        C::RequestSuspension { until, .. } => {
            let until = until.map_or(now + 30 * DAY, |until| until.millis() / 60_000);
            asks(&mut model.suspension, until - now > 30 * DAY, until);
        }
        C::DecideSuspension { approved, .. } => {
            if decides(&mut model.suspension, *approved) {
                model.stops(model.suspension.until.max(now));
            }
        }
        C::Resume => model.goes_on(now),
        C::AddSupport(id) => model.supports(id.as_str()),
        C::RemoveSupport(id) => model.support.retain(|part| part.department != id.as_str()),
        C::Tick { item, done, .. } => {
            if *done {
                model.ticked.insert(item.clone());
            } else {
                model.ticked.remove(item);
            }
        }
        C::Merge { .. } => {
            model.merged = Some(Box::new(model.clone()));
            model.ends(State::Merged);
            model.pieces = 0;
        }
        C::Split { evidence } => model.pieces -= u32::try_from(evidence.len()).expect("few"),
        C::Urge { .. } => model.urged += 1,
        C::Instruct { .. } => model.answered.push(false),
        C::AnswerInstruction { instruction, .. } => {
            let oldest = model.answered.iter().position(|answered| !answered);
            let index = match instruction {
                Some(number) => usize::from(*number) - 1,
                None => oldest.expect("one waits"),
            };
            model.answered[index] = true;
        }
        C::Escalate { .. } => {
            let leader = matches!(who.role, Role::ShiftLeader | Role::Commander);
            let to = if leader {
                Role::Commander
            } else {
                Role::ShiftLeader
            };
            model.heard.insert(to);
        }
        C::Comment { .. } | C::Link { .. } => {}
        C::RecordFeedback { satisfied, .. } => model.satisfied = Some(*satisfied),
        C::Appeal { .. } => asks(&mut model.appeal, false, 0),
        C::DecideAppeal { approved, .. } => {
            model.exempted |= decides(&mut model.appeal, *approved);
        }
    }
}

fn acknowledges(model: &mut Model, who: &Who) {
    let now = model.now;
    let part = part(model, who).expect("involved");
    part.acknowledged.get_or_insert(now);
}

/// To whom the dispatcher says, or the table; those in support get orders of their own.
pub fn dispatches(
    model: &mut Model,
    lead: Option<&domain::ids::DepartmentId>,
    supporting: &[domain::ids::DepartmentId],
) {
    let mut support: Vec<String> = supporting.iter().map(ToString::to_string).collect();
    let lead = match lead {
        Some(lead) => lead.to_string(),
        None => {
            let code = model.category.clone().expect("a kind");
            let date = model.minutes().date(model.opened);
            let (lead, usual) = answers_for(&code, date).expect("one answers");
            if support.is_empty() {
                support = usual.into_iter().map(str::to_owned).collect();
            }
            lead.to_owned()
        }
    };
    support.retain(|one| *one != lead);
    support.sort();
    support.dedup();
    model.is_given_to(&lead);
    model.support.clear();
    for one in support {
        model.supports(&one);
    }
}

/// A split of the other incident took out just what this one had brought: it is itself again, and its clock has run on.
pub fn given_back(model: &mut Model) {
    let was = *model.merged.take().expect("it was merged");
    let (given, now, revision) = (std::mem::take(&mut model.given), model.now, model.revision);
    let edition = model.edition;
    *model = was;
    model.given = given;
    model.now = now;
    model.edition = edition;
    model.revision = revision + 1;
}
