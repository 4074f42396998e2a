//! Everything that can become of an incident, by the machine itself: from each situation that can be told from another by what
//! decides (state, guards, how far each department is, whether the deadline has passed) every command of everybody is
//! tried. No dead end, no state without a way to close, no approval skipped, every step logged.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use domain::account::{Actor, Role};
use domain::assignment::{Assignment, Stage};
use domain::category::{CategoryCode, Severity};
use domain::change::{Change, Outcome as Answered};
use domain::command::{Command, CommandGiven, Refusal};
use domain::ids::{BlockNumber, CommandId, IncidentId};
use domain::incident::{Happening, Incident};
use domain::lifecycle::{CommandName, State, row_of};
use domain::picture::Picture;
use domain::policy;
use domain::request::Request;
use domain::stage;
use domain::time::Timestamp;
use domain::turn::Turn;

use super::{LEAD, NANCHENG, SUPPORT, reported, sensible, status};
use crate::dispatch::command;
use crate::single_writer::rehearsal::{
    Day, collector, commander, dispatcher, operator, places, responder, shift_leader,
};

/// All by which one situation differs from another in what may be done.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Situation {
    state: State,
    stage: Option<Stage>,
    category: Option<CategoryCode>,
    plan: bool,
    /// While it can be claimed at all: by nobody, by the operator, by another.
    claimed: Option<bool>,
    returned: bool,
    binding: bool,
    extension: Asked,
    suspension: Asked,
    suspended: bool,
    overdue: bool,
    instructed: bool,
    appeal: Asked,
    exempted: bool,
    lead: Option<Part>,
    support: Option<Part>,
}

/// How a request stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Asked {
    asked: bool,
    first_yes: bool,
    granted: u8,
}

/// How far a department is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Part {
    ours: bool,
    accepted: bool,
    arrived: bool,
    done: bool,
}

fn asked(request: &Request) -> Asked {
    Asked {
        asked: request.is_asked(),
        first_yes: request.waits_for_leader(),
        granted: request.granted.min(2),
    }
}

fn part(assignment: &Assignment, whose: &str) -> Part {
    Part {
        ours: assignment.department.as_str() == whose,
        accepted: assignment.acknowledged_at.is_some(),
        arrived: assignment.arrived_at.is_some(),
        done: assignment.resolved_at.is_some(),
    }
}

impl Situation {
    fn of(node: &Node) -> Self {
        let incident = &node.incident;
        let new = matches!(incident.state, State::Reported | State::Registered);
        let by_operator = |name: &domain::ids::AccountName| name.as_str() == operator().name();
        let clock = incident.clock.as_ref();
        let closed = incident.state == State::Closed;
        let open = incident.state.is_open();
        // What has ended is told apart only by what may still be done about it.
        let while_open = |request: &Request| match open {
            true => asked(request),
            false => Asked {
                asked: false,
                first_yes: false,
                granted: request.granted.min(2),
            },
        };
        Self {
            state: incident.state,
            stage: clock.map(|clock| clock.stage),
            category: incident.category,
            plan: incident.plan.is_some(),
            claimed: incident
                .claimed_by
                .as_ref()
                .filter(|_| new)
                .map(by_operator),
            returned: incident.returned,
            binding: incident.binding,
            extension: while_open(&incident.extension),
            suspension: while_open(&incident.suspension),
            suspended: incident.suspended,
            overdue: clock.is_some_and(|clock| clock.is_overdue(node.now)),
            instructed: open && incident.has_open_instruction(),
            appeal: Asked {
                granted: 0,
                ..asked(&incident.appeal)
            },
            exempted: closed && incident.exempted,
            lead: incident.lead.as_ref().map(|lead| part(lead, LEAD)),
            support: incident.supporting.first().map(|one| part(one, SUPPORT)),
        }
    }
}

#[derive(Clone)]
struct Node {
    incident: Arc<Incident>,
    now: Timestamp,
}

/// One incident alone in a city, and what a command makes of it.
struct Workshop {
    picture: Picture,
    id: IncidentId,
    day: Day,
}

struct Step {
    answer: Result<Arc<Incident>, Refusal>,
    changes: Vec<Change>,
}

impl Workshop {
    fn of(day: Day, id: IncidentId) -> Self {
        Self {
            picture: day.picture().clone(),
            id,
            day,
        }
    }

    fn with<T>(
        &self,
        node: &Node,
        act: impl FnOnce(&mut Turn<'_>) -> T,
    ) -> (T, Vec<Change>, Arc<Incident>) {
        let mut picture = self.picture.clone();
        picture.incidents.insert(self.id, node.incident.clone());
        let block = BlockNumber(picture.block.0 + 1);
        let places = places();
        let mut turn = Turn::new(&mut picture, self.day.city(), &places, block, node.now, 0);
        let done = act(&mut turn);
        let changes = std::mem::take(&mut turn.changes);
        (done, changes, picture.incidents[&self.id].clone())
    }

    fn give(&self, node: &Node, by: &Actor, what: Command) -> Step {
        let given = CommandGiven {
            id: CommandId::from_bits(u128::MAX),
            incident: self.id,
            by: by.clone(),
            expected_revision: None,
            after: None,
            command: what,
        };
        let (answered, changes, _) = self.with(node, |turn| command(turn, &given));
        let Answered::Command(answer) = answered else {
            panic!("a command was answered with {answered:?}");
        };
        Step {
            answer: answer.answer.clone(),
            changes,
        }
    }
}

fn people() -> Vec<Actor> {
    vec![
        operator(),
        shift_leader(),
        dispatcher(),
        commander(),
        collector(NANCHENG),
        responder(LEAD),
        responder(SUPPORT),
    ]
}

/// What was found, by situation.
struct Explored {
    nodes: BTreeMap<Situation, Node>,
    /// Where one gets in one step, and by which command; None: by the time that passes.
    ways: BTreeMap<Situation, BTreeSet<(Option<CommandName>, Situation)>>,
    steps: u64,
}

fn explore(workshop: &Workshop) -> Explored {
    let begin = Node {
        incident: workshop.day.incident(workshop.id),
        now: workshop.day.now,
    };
    // And one of which nobody knows yet what it is.
    let mut unknown = begin.clone();
    Arc::make_mut(&mut unknown.incident).category = None;
    let nodes = [begin, unknown].map(|node| (Situation::of(&node), node));
    let mut found = Explored {
        nodes: BTreeMap::from(nodes),
        ways: BTreeMap::new(),
        steps: 0,
    };
    let mut waiting: VecDeque<Situation> = found.nodes.keys().cloned().collect();
    while let Some(here) = waiting.pop_front() {
        let node = found.nodes[&here].clone();
        let mut ways = BTreeSet::new();
        for (by, next) in everything(workshop, &node, &here, &mut found.steps) {
            let there = Situation::of(&next);
            if !found.nodes.contains_key(&there) {
                found.nodes.insert(there.clone(), next);
                waiting.push_back(there.clone());
            }
            ways.insert((by, there));
        }
        found.ways.insert(here, ways);
    }
    found
}

/// Every step from here: of everybody, and of the time.
fn everything(
    workshop: &Workshop,
    node: &Node,
    here: &Situation,
    steps: &mut u64,
) -> Vec<(Option<CommandName>, Node)> {
    let mut reached = Vec::new();
    for by in people() {
        let allowed = policy::allowed(&by, &node.incident, node.now);
        for name in CommandName::ALL {
            let offered = allowed.contains(name);
            // Those who may do the same do the same; who may not is refused whatever he says.
            let Some(what) = sensible(&workshop.day, &node.incident, *name) else {
                assert!(!offered, "{name} is offered and cannot be given: {here:?}");
                continue;
            };
            if !offered && !refusal_is_tried(*name, &by, here) {
                continue;
            }
            let variants = match &what {
                Command::Check { text, .. } => vec![
                    what.clone(),
                    Command::Check {
                        passed: false,
                        text: text.clone(),
                    },
                ],
                Command::DecideExtension { reason, .. } => vec![
                    what.clone(),
                    Command::DecideExtension {
                        approved: false,
                        reason: reason.clone(),
                    },
                ],
                Command::DecideSuspension { reason, .. } => vec![
                    what.clone(),
                    Command::DecideSuspension {
                        approved: false,
                        reason: reason.clone(),
                    },
                ],
                Command::DecideAppeal { reason, .. } => vec![
                    what.clone(),
                    Command::DecideAppeal {
                        approved: false,
                        reason: reason.clone(),
                    },
                ],
                Command::RequestSuspension { reason, .. } => vec![
                    what.clone(),
                    Command::RequestSuspension {
                        reason: reason.clone(),
                        until: Some(node.now.plus_millis(100 * 24 * 3_600_000)),
                    },
                ],
                _ => vec![what],
            };
            for what in variants {
                *steps += 1;
                let step = workshop.give(node, &by, what.clone());
                let told = || format!("{what:?} by {} in {here:?}: {:?}", by.name(), step.answer);
                assert_eq!(status(&step.answer) == 200, offered, "{}", told());
                match &step.answer {
                    Err(_) => assert!(
                        step.changes
                            .iter()
                            .all(|change| matches!(change, Change::Answered(_))),
                        "{}",
                        told()
                    ),
                    Ok(after) => {
                        follows(&node.incident, after, &by, *name, &step.changes, &told);
                        reached.push((
                            Some(*name),
                            Node {
                                incident: after.clone(),
                                now: node.now,
                            },
                        ));
                    }
                }
            }
        }
    }
    reached.extend(
        time_passes(workshop, node)
            .into_iter()
            .map(|next| (None, next)),
    );
    reached
}

/// A refusal by role or state does not depend on the rest of the situation: it is tried for one of each.
fn refusal_is_tried(name: CommandName, by: &Actor, here: &Situation) -> bool {
    let row = row_of(name);
    let role_fits = by.role().is_some_and(|role| row.roles.contains(&role));
    (role_fits && row.from.contains(&here.state)) || here.extension.granted == 0 && !here.suspended
}

/// The deadline passes, or a suspension ends by itself.
fn time_passes(workshop: &Workshop, node: &Node) -> Vec<Node> {
    let mut next = Vec::new();
    let clock = node
        .incident
        .clock
        .as_ref()
        .filter(|clock| !clock.is_paused());
    if let Some(due) = clock
        .and_then(|clock| clock.due.due_at)
        .filter(|due| *due > node.now)
    {
        next.push(Node {
            incident: node.incident.clone(),
            now: due,
        });
    }
    if let Some(until) = node.incident.suspended_until {
        let at = Node {
            incident: node.incident.clone(),
            now: until,
        };
        let ends = |turn: &mut Turn<'_>| stage::suspension_over(turn, until, workshop.id);
        let ((), changes, incident) = workshop.with(&at, ends);
        assert!(
            changes
                .iter()
                .any(|change| matches!(change, Change::Timeline(_)))
        );
        next.push(Node {
            incident,
            now: until,
        });
    }
    next
}

/// What must follow from each step that was taken: where it leads, that it is logged, and that no approval was skipped.
fn follows(
    before: &Incident,
    after: &Incident,
    by: &Actor,
    name: CommandName,
    changes: &[Change],
    told: &dyn Fn() -> String,
) {
    let row = row_of(name);
    let targets = row.outcome.targets(before.state);
    assert!(targets.contains(&after.state), "{}", told());
    let logged = changes.iter().filter(|change| {
        matches!(change, Change::Timeline(entry) if entry.incident == before.id
            && entry.by == *by
            && matches!(&entry.what, Happening::Commanded { command, from, to, .. }
                if *command == name && *from == before.state && *to == after.state))
    });
    assert_eq!(logged.count(), 1, "logged once: {}", told());
    let role = by.role();
    let leads = matches!(role, Some(Role::ShiftLeader | Role::Commander));
    // Closed: checked and by a standard, or by force of a leader.
    if after.state == State::Closed && before.state != State::Closed {
        let ordinary = name == CommandName::Close
            && before.state == State::Checked
            && role == Some(Role::ShiftLeader)
            && after.standard.is_some();
        let by_force = name == CommandName::ForceClose && leads;
        assert!(ordinary || by_force, "{}", told());
    }
    // Granted: what was asked for, by the dispatcher, and by a leader too where the pack says so.
    for (was, is, decides) in [
        (
            &before.extension,
            &after.extension,
            CommandName::DecideExtension,
        ),
        (
            &before.suspension,
            &after.suspension,
            CommandName::DecideSuspension,
        ),
        (&before.appeal, &after.appeal, CommandName::DecideAppeal),
    ] {
        if is.granted == was.granted {
            continue;
        }
        assert_eq!((name, is.granted), (decides, was.granted + 1), "{}", told());
        let asked = was
            .asked
            .as_ref()
            .unwrap_or_else(|| panic!("nobody asked: {}", told()));
        match (decides, asked.needs_leader) {
            (CommandName::DecideAppeal, _) => {
                assert_eq!(role, Some(Role::ShiftLeader), "{}", told())
            }
            (_, false) => assert_eq!(role, Some(Role::Dispatcher), "{}", told()),
            (_, true) => assert!(asked.first_yes.is_some() && leads, "{}", told()),
        }
    }
    if after.suspended && !before.suspended {
        assert_eq!(name, CommandName::DecideSuspension, "{}", told());
    }
    if after.exempted && !before.exempted {
        assert_eq!(name, CommandName::DecideAppeal, "{}", told());
    }
    if after.binding && !before.binding {
        assert!(
            name == CommandName::DecideDispute && leads && before.returned,
            "{}",
            told()
        );
        assert_eq!(after.hops, before.hops + 1, "at one hop: {}", told());
    }
    // A return clears nothing, and the clock runs on.
    if name == CommandName::Return && !before.suspended {
        assert_eq!(after.clock, before.clock, "{}", told());
        assert_eq!(after.supporting, before.supporting, "{}", told());
    }
    if after.state.is_open() && after.state != State::Checked {
        assert!(after.clock.is_some(), "a limit runs: {}", told());
    }
}

/// Situations from which one comes to be closed without force.
fn leading_to_an_end(found: &Explored) -> BTreeSet<Situation> {
    let mut backwards: BTreeMap<&Situation, Vec<&Situation>> = BTreeMap::new();
    for (here, ways) in &found.ways {
        for (by, there) in ways {
            if *by != Some(CommandName::ForceClose) {
                backwards.entry(there).or_default().push(here);
            }
        }
    }
    let ended = found.nodes.keys().filter(|one| one.state == State::Closed);
    let mut reach: BTreeSet<&Situation> = ended.collect();
    let mut waiting: Vec<&Situation> = reach.iter().copied().collect();
    while let Some(there) = waiting.pop() {
        for here in backwards.get(there).into_iter().flatten() {
            if reach.insert(here) {
                waiting.push(here);
            }
        }
    }
    reach.into_iter().cloned().collect()
}

fn holds(found: &Explored) {
    let closing = leading_to_an_end(found);
    for (here, ways) in &found.ways {
        if here.state.is_open() {
            assert!(
                closing.contains(here),
                "no way to close but by force: {here:?}"
            );
            let forced = ways
                .iter()
                .any(|(by, _)| *by == Some(CommandName::ForceClose));
            assert!(forced, "cannot be closed by force: {here:?}");
        }
    }
    let seen: BTreeSet<State> = found.nodes.keys().map(|one| one.state).collect();
    for state in State::ALL {
        assert!(seen.contains(&state), "{state} is never reached");
    }
    let used: BTreeSet<CommandName> = found
        .ways
        .values()
        .flatten()
        .filter_map(|(by, _)| *by)
        .collect();
    for name in CommandName::ALL {
        assert!(used.contains(name), "{name} is never possible");
    }
    println!(
        "{} situations, {} steps tried",
        found.nodes.len(),
        found.steps
    );
}

fn workshop() -> Workshop {
    let (mut day, id) = reported();
    // Grave enough for a plan, once it is of a kind that has one.
    day.must(&operator(), id, Command::SetSeverity(Severity::Severe));
    Workshop::of(day, id)
}

#[test]
fn no_dead_end_no_skipped_approval_and_every_step_logged() {
    let found = explore(&workshop());
    holds(&found);
    assert!(found.nodes.len() > 60_000, "{}", found.nodes.len());
}
