//! The demo people at work: each signs in, looks at their own list, and gives the command whose time has come.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use domain::account::Role;
use domain::alarm::AlarmState;
use domain::ids::IncidentId;
use domain::lifecycle::{CommandName, State};
use domain::time::Timestamp;
use domain::wire::{AlarmView, IncidentView};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::scenario::Ground;

use super::door::{Door, Session, Trouble};
use super::people::DemoAccount;
use super::work::{self, Moment, OPENING_MS, Order, Seen};
use super::{now, patience, rest};

/// Between two looks of two people.
const USUAL_PAUSE: Duration = Duration::from_millis(900);
const OPENING_PAUSE: Duration = Duration::from_millis(250);
/// Commands of one person in one look.
const MOST_AT_ONCE: usize = 12;
/// Callers who wait to be asked whether they are satisfied.
const MOST_CALL_BACKS: usize = 64;
/// After a sign-in that failed.
const SIGN_IN_PAUSE_MS: i64 = 300_000;
/// An alarm is taken note of after this long.
const ALARM_HEARD_MS: i64 = 40_000;

pub struct Crew {
    ground: Arc<Ground>,
    members: Vec<Member>,
    people: Vec<DemoAccount>,
    seen: BTreeMap<IncidentId, Seen>,
    call_backs: VecDeque<(Timestamp, IncidentId)>,
    /// How many incidents are open, told to whoever makes new ones.
    open: Arc<AtomicUsize>,
    started: Timestamp,
    seed: u64,
    failures: u32,
}

struct Member {
    account: DemoAccount,
    session: Option<Session>,
    /// Not before this moment.
    next_sign_in: Timestamp,
}

#[derive(Deserialize)]
struct Incidents {
    incidents: Vec<IncidentView>,
}

#[derive(Deserialize)]
struct Alarms {
    alarms: Vec<AlarmView>,
}

impl Crew {
    pub fn new(
        ground: Arc<Ground>,
        people: Vec<DemoAccount>,
        open: Arc<AtomicUsize>,
        seed: u64,
        started: Timestamp,
    ) -> Self {
        let members = people
            .iter()
            .filter(|person| {
                !matches!(
                    person.role,
                    Role::Administrator | Role::Auditor | Role::Wall
                )
            })
            .map(|account| Member {
                account: account.clone(),
                session: None,
                next_sign_in: started,
            })
            .collect();
        Self {
            ground,
            members,
            people,
            seen: BTreeMap::new(),
            call_backs: VecDeque::new(),
            open,
            started,
            seed,
            failures: 0,
        }
    }

    /// One looks after the other, round and round.
    pub fn run(&mut self, door: &Door, stop: &AtomicBool) {
        let mut turn = 0;
        while !stop.load(Ordering::Relaxed) && !self.members.is_empty() {
            let member = turn % self.members.len();
            turn += 1;
            let pause = match self.look(door, member) {
                Ok(()) => {
                    self.failures = 0;
                    let opening = now().since(self.started) < OPENING_MS;
                    if opening { OPENING_PAUSE } else { USUAL_PAUSE }
                }
                Err(trouble) => self.troubled(member, &trouble),
            };
            rest(pause, stop);
        }
    }

    fn troubled(&mut self, member: usize, trouble: &Trouble) -> Duration {
        let member = &mut self.members[member];
        match trouble {
            Trouble::SignedOut => {
                if member.session.take().is_none() {
                    member.next_sign_in = now().plus_millis(SIGN_IN_PAUSE_MS);
                    tracing::warn!(name = member.account.name, "a demo person may not come in");
                }
                USUAL_PAUSE
            }
            Trouble::Refused(status, said) => {
                tracing::warn!(
                    name = member.account.name,
                    status,
                    said,
                    "a demo person was refused"
                );
                member.next_sign_in = now().plus_millis(SIGN_IN_PAUSE_MS);
                USUAL_PAUSE
            }
            Trouble::Busy(_) | Trouble::Gone(_) => {
                self.failures += 1;
                let asked_s = match trouble {
                    Trouble::Busy(asked_s) => *asked_s,
                    _ => None,
                };
                patience(self.failures, asked_s)
            }
        }
    }

    fn look(&mut self, door: &Door, member: usize) -> Result<(), Trouble> {
        let who = &mut self.members[member];
        let session = match &who.session {
            Some(session) => session.clone(),
            None if now() < who.next_sign_in => return Ok(()),
            None => {
                let session = door.sign_in(who.account.name, who.account.password)?;
                who.session.insert(session).clone()
            }
        };
        let hand = who.account.clone();
        let list: Incidents = door.read(&session, &list_path(&hand))?;
        if hand.role == Role::Operator {
            self.counted(&list.incidents);
            self.alarms(door, &session)?;
            self.call_back(door, &session)?;
        }
        let mut given = 0;
        for incident in list.incidents {
            given += self.handle(door, &session, &hand, incident, MOST_AT_ONCE - given)?;
            if given >= MOST_AT_ONCE {
                break;
            }
        }
        Ok(())
    }

    /// The operator sees the whole city: what is no longer open is forgotten.
    fn counted(&mut self, open: &[IncidentView]) {
        self.open.store(open.len(), Ordering::Relaxed);
        let moment = now();
        let mut seen = BTreeMap::new();
        for incident in open {
            let known = self.seen.get(&incident.id).copied();
            seen.insert(
                incident.id,
                known.unwrap_or(Seen::new(incident.state, moment)),
            );
        }
        self.seen = seen;
    }

    /// Gives what commands are due on one incident, one after the other; how many.
    fn handle(
        &mut self,
        door: &Door,
        session: &Session,
        hand: &DemoAccount,
        mut incident: IncidentView,
        most: usize,
    ) -> Result<usize, Trouble> {
        for given in 0..most {
            let at = now();
            let mut seen = *self
                .seen
                .entry(incident.id)
                .or_insert(Seen::new(incident.state, at));
            seen.moved_to(incident.state, at);
            self.seen.insert(incident.id, seen);
            let moment = Moment {
                city: &self.ground.city,
                people: &self.people,
                now: at,
                started: self.started,
                open: self.open.load(Ordering::Relaxed),
                seed: self.seed,
                chinese: self.ground.chinese,
            };
            let Some(order) = work::next(hand, &incident, &seen, &moment) else {
                return Ok(given);
            };
            match give(door, session, &incident, &order) {
                Ok(changed) => {
                    self.given(&order, &changed);
                    incident = changed;
                }
                Err(Trouble::Refused(status, said)) => {
                    // Somebody at the desk was quicker: 409 is their right.
                    if status != 409 {
                        tracing::warn!(name = hand.name, command = %order.command, status, said, "a demo command was refused");
                    }
                    let refused = seen.refused.saturating_add(1);
                    self.seen.insert(incident.id, Seen { refused, ..seen });
                    return Ok(given + 1);
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(most)
    }

    fn given(&mut self, order: &Order, changed: &IncidentView) {
        if order.command == CommandName::Urge
            && let Some(seen) = self.seen.get_mut(&changed.id)
        {
            seen.urged = true;
        }
        // Two callers in five are asked a little later.
        let asked = changed.id.bits() % 5 < 2;
        if changed.state == State::Closed && asked && self.call_backs.len() < MOST_CALL_BACKS {
            self.call_backs
                .push_back((now().plus_minutes(1), changed.id));
        }
    }

    fn call_back(&mut self, door: &Door, session: &Session) -> Result<(), Trouble> {
        let due = self.call_backs.front().is_some_and(|(at, _)| *at <= now());
        let Some((_, id)) = due.then(|| self.call_backs.pop_front()).flatten() else {
            return Ok(());
        };
        let satisfied = !id.bits().is_multiple_of(7);
        let body = json!({
            "id": Uuid::new_v4().to_string(),
            "command": CommandName::RecordFeedback.name(),
            "satisfied": satisfied,
        });
        forgiving(door.command(session, &format!("/api/v1/incidents/{id}/commands"), &body))
    }

    /// Takes note of alarms that have been heard for a while.
    fn alarms(&mut self, door: &Door, session: &Session) -> Result<(), Trouble> {
        let list: Alarms = door.read(session, "/api/v1/alarms")?;
        let heard_before = now().plus_millis(-ALARM_HEARD_MS);
        let waiting = list.alarms.iter().filter(|alarm| {
            let unheard = matches!(
                alarm.state,
                AlarmState::ActiveUnacknowledged | AlarmState::ClearedUnacknowledged
            );
            unheard && alarm.raised_at < heard_before
        });
        for alarm in waiting.take(MOST_AT_ONCE) {
            let body = json!({"id": Uuid::new_v4().to_string(), "command": "acknowledge"});
            forgiving(door.command(
                session,
                &format!("/api/v1/alarms/{}/commands", alarm.id),
                &body,
            ))?;
        }
        Ok(())
    }
}

/// A refusal of something small is no trouble.
fn forgiving(answer: Result<Value, Trouble>) -> Result<(), Trouble> {
    match answer {
        Ok(_) | Err(Trouble::Refused(..)) => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

fn give(
    door: &Door,
    session: &Session,
    incident: &IncidentView,
    order: &Order,
) -> Result<IncidentView, Trouble> {
    let mut body = order.arguments.clone();
    body.insert("id".into(), Uuid::new_v4().to_string().into());
    body.insert("command".into(), order.command.name().into());
    body.insert("expected_revision".into(), incident.revision.into());
    let path = format!("/api/v1/incidents/{}/commands", incident.id);
    let answer = door.command(session, &path, &Value::Object(body))?;
    serde_json::from_value(answer)
        .map_err(|error| Trouble::Refused(200, format!("the answer is not an incident: {error}")))
}

fn list_path(hand: &DemoAccount) -> String {
    let open: Vec<&str> = State::ALL
        .into_iter()
        .filter(|state| state.is_open())
        .map(State::name)
        .collect();
    let mut path = format!("/api/v1/incidents?limit=200&state={}", open.join(","));
    if let Some(department) = &hand.department {
        path.push_str(&format!("&department={department}"));
    }
    path
}
