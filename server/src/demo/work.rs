//! What each person of the demo does next about an incident, and after how long. Pure: asked with the time, it answers
//! with a command or nothing. Never cleverer than the lifecycle: the server decides whether it is allowed.

use domain::account::Role;
use domain::category::Severity;
use domain::city::City;
use domain::clock::Light;
use domain::ids::{DepartmentId, JurisdictionCode};
use domain::lifecycle::{CommandName, State};
use domain::time::Timestamp;
use domain::wire::IncidentView;
use serde_json::{Map, Value, json};

use crate::scenario::Chance;

use super::people::DemoAccount;

/// So long after the start the desk's first incidents are brought into all their states, in milliseconds.
pub const OPENING_MS: i64 = 75_000;

/// What was seen of an incident so far.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Seen {
    pub state: State,
    pub since: Timestamp,
    /// How often it has come into a state anew: a second try may end otherwise.
    pub turns: u16,
    /// Commands in this state that were refused.
    pub refused: u16,
    pub urged: bool,
}

impl Seen {
    pub fn new(state: State, since: Timestamp) -> Self {
        Self {
            state,
            since,
            turns: 0,
            refused: 0,
            urged: false,
        }
    }

    pub fn moved_to(&mut self, state: State, now: Timestamp) {
        if self.state != state {
            *self = Self {
                state,
                since: now,
                turns: self.turns.saturating_add(1),
                refused: 0,
                ..*self
            };
        }
    }
}

/// What everybody knows at this moment.
pub struct Moment<'a> {
    pub city: &'a City,
    pub people: &'a [DemoAccount],
    pub now: Timestamp,
    pub started: Timestamp,
    pub open: usize,
    pub seed: u64,
    pub chinese: bool,
}

/// A command to give, with its arguments.
#[derive(Clone, PartialEq, Debug)]
pub struct Order {
    pub command: CommandName,
    pub arguments: Map<String, Value>,
}

fn order(command: CommandName, arguments: Value) -> Order {
    let arguments = match arguments {
        Value::Object(arguments) => arguments,
        _ => Map::new(),
    };
    Order { command, arguments }
}

/// What `hand` does about `incident` now, if it is their turn and time.
pub fn next(
    hand: &DemoAccount,
    incident: &IncidentView,
    seen: &Seen,
    moment: &Moment<'_>,
) -> Option<Order> {
    let mut case = Case::of(incident, seen, moment);
    match hand.role {
        Role::Operator => case.operator(),
        Role::Collector => case.is_in(hand.town.as_ref()?).then(|| case.check())?,
        Role::ShiftLeader => case.leader(),
        Role::Dispatcher => case.dispatcher(),
        Role::Commander => case.commander(),
        Role::Department if incident.lead == hand.department => case.department(),
        Role::Department | Role::Administrator | Role::Auditor | Role::Wall => None,
    }
}

struct Case<'a> {
    incident: &'a IncidentView,
    seen: &'a Seen,
    moment: &'a Moment<'a>,
    chance: Chance,
    waited_s: f64,
    /// Among the first: brought on at once, until it is where the opening wants it.
    hurried: bool,
}

impl<'a> Case<'a> {
    fn of(incident: &'a IncidentView, seen: &'a Seen, moment: &'a Moment<'a>) -> Self {
        let facts = [
            incident.id.bits(),
            incident.state as u64,
            u64::from(seen.turns),
        ];
        let patience_s = 45.0 * f64::from((1_u32 << seen.refused.min(6)) - 1);
        Self {
            incident,
            seen,
            moment,
            chance: Chance::of(moment.seed, &facts),
            waited_s: moment.now.since(seen.since) as f64 / 1000.0 - patience_s,
            hurried: is_hurried(incident, seen, moment),
        }
    }

    /// Whether the usual time has passed; in so many cases out of a hundred it takes `late` instead.
    fn is_time(&mut self, usual_s: (f64, f64), late_percent: f64, late_s: (f64, f64)) -> bool {
        let late = self.chance.happens(late_percent / 100.0);
        let (least, most) = if late { late_s } else { usual_s };
        let wait_s = self.chance.between(least, most) * pace(self.moment.open);
        self.hurried || self.waited_s >= wait_s
    }

    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.moment.chinese { zh } else { en }
    }

    fn is_in(&self, town: &JurisdictionCode) -> bool {
        self.incident.town_code.as_deref() == Some(town.as_str())
    }

    fn operator(&mut self) -> Option<Order> {
        match self.incident.state {
            State::Reported if self.incident.category.is_none() => {
                let claimed = self.incident.claimed_by.is_some();
                let takes = self.is_time((30.0, 150.0), 30.0, (930.0, 1_500.0));
                if takes && !claimed && self.seen.refused == 0 {
                    return Some(order(CommandName::Claim, Value::Null));
                }
                let category = self.likely_category()?;
                takes.then(|| order(CommandName::SetCategory, json!({"category": category})))
            }
            // The collector's own town is left to the collector.
            State::Resolved if !self.is_in_a_collectors_town() => self.check(),
            _ => None,
        }
    }

    fn is_in_a_collectors_town(&self) -> bool {
        let mut collectors = self
            .moment
            .people
            .iter()
            .filter(|person| person.role == Role::Collector);
        collectors.any(|person| person.town.as_ref().is_some_and(|town| self.is_in(town)))
    }

    /// What such calls mostly turn out to be.
    fn likely_category(&mut self) -> Option<String> {
        const USUAL: [&str; 6] = ["E0102", "E0104", "E0507", "E0505", "E0511", "C0302"];
        let mut known: Vec<String> = USUAL
            .iter()
            .filter(|code| {
                code.parse()
                    .is_ok_and(|code| self.moment.city.category(code).is_some())
            })
            .map(|code| (*code).to_owned())
            .collect();
        if known.is_empty() {
            known.extend(self.moment.city.categories.keys().map(ToString::to_string));
        }
        self.chance.pick(&known).cloned()
    }

    fn check(&mut self) -> Option<Order> {
        if self.incident.state != State::Resolved
            || !self.is_time((60.0, 300.0), 4.0, (1_830.0, 2_200.0))
        {
            return None;
        }
        let passed = self.hurried || self.chance.happens(0.92);
        let text = if passed {
            self.say(
                "现场核查，已按要求处置",
                "Checked on the spot: done as asked",
            )
        } else {
            self.say(
                "现场核查，仍有残留，请再处理",
                "Checked on the spot: not all done, please go on",
            )
        };
        Some(order(
            CommandName::Check,
            json!({"passed": passed, "text": text}),
        ))
    }

    fn leader(&mut self) -> Option<Order> {
        match self.incident.state {
            State::Reported if self.incident.category.is_some() => {
                let rejects = self.chance.happens(0.15);
                if !self.is_time((20.0, 100.0), 0.0, (0.0, 0.0)) {
                    return None;
                }
                Some(if rejects {
                    let reason = self.say(
                        "描述不清且无法联系核实，不予立案",
                        "Unclear, and nobody to ask",
                    );
                    order(CommandName::Reject, json!({"reason": reason}))
                } else {
                    order(CommandName::Register, Value::Null)
                })
            }
            State::Registered if self.incident.hops > 0 => self.decide(),
            State::Checked => {
                let standard = self.standards().first()?.clone();
                self.is_time((40.0, 240.0), 5.0, (600.0, 900.0))
                    .then(|| order(CommandName::Close, json!({"standard": standard})))
            }
            State::Dispatched | State::Acknowledged | State::Handling if !self.has_a_hand() => {
                let reason = self.say(
                    "主办单位已线下办结，补录结案",
                    "Done off the system, closed afterwards",
                );
                // Never in a hurry: nobody has worked on it.
                self.hurried = false;
                self.is_time((1_200.0, 2_400.0), 20.0, (3_700.0, 4_200.0))
                    .then(|| order(CommandName::ForceClose, json!({"reason": reason})))
            }
            _ => None,
        }
    }

    /// Given back: the shift leader decides at one hop, for one of those the table names.
    fn decide(&mut self) -> Option<Order> {
        if !self.is_time((60.0, 240.0), 20.0, (930.0, 1_300.0)) {
            return None;
        }
        let lead = self.other_lead()?;
        let reason = self.say(
            "经核对权责清单，由该单位牵头，不得再退",
            "By the duty list this one leads; it binds",
        );
        Some(order(
            CommandName::DecideDispute,
            json!({"lead": lead, "reason": reason}),
        ))
    }

    fn other_lead(&mut self) -> Option<DepartmentId> {
        let staffed: Vec<&DepartmentId> = self
            .moment
            .people
            .iter()
            .filter_map(|person| person.department.as_ref())
            .collect();
        let mut support = self.incident.supporting.iter();
        let other = support.find(|department| staffed.contains(department));
        other
            .or(self.incident.lead.as_ref())
            .or_else(|| staffed.first().copied())
            .cloned()
    }

    fn standards(&self) -> &'a [String] {
        let category = self
            .incident
            .category
            .and_then(|code| self.moment.city.category(code));
        category.map_or(&[], |category| &category.standards)
    }

    /// Whether somebody of the demo works for its lead.
    fn has_a_hand(&self) -> bool {
        let lead = &self.incident.lead;
        lead.is_some()
            && self
                .moment
                .people
                .iter()
                .any(|person| person.department == *lead)
    }

    fn dispatcher(&mut self) -> Option<Order> {
        if self.incident.state != State::Registered
            || self.incident.hops > 0
            || !self.is_time((20.0, 90.0), 15.0, (930.0, 1_300.0))
        {
            return None;
        }
        let (date, _) = self.moment.now.civil(&self.moment.city.zone);
        let town = self.incident.town_code.as_deref();
        let town = town.and_then(|code| JurisdictionCode::new(code).ok());
        let category = self.incident.category?;
        let by_table = self
            .moment
            .city
            .responsible(category, town.as_ref(), date)
            .len()
            == 1;
        let arguments = if by_table {
            Value::Null
        } else {
            json!({"lead": self.other_lead()?})
        };
        Some(order(CommandName::Dispatch, arguments))
    }

    fn department(&mut self) -> Option<Order> {
        match self.incident.state {
            State::Dispatched => {
                let returns = self.chance.happens(0.07) && self.incident.hops == 1 && !self.hurried;
                if !self.is_time((30.0, 200.0), 4.0, (3_650.0, 4_000.0)) {
                    return None;
                }
                Some(if returns && self.seen.refused == 0 {
                    let reason = self.say(
                        "不属于本部门管养范围，建议另行指派",
                        "Not ours to maintain; please assign anew",
                    );
                    order(CommandName::Return, json!({"reason": reason}))
                } else {
                    order(CommandName::Acknowledge, Value::Null)
                })
            }
            State::Acknowledged => self
                .is_time((90.0, 420.0), 0.0, (0.0, 0.0))
                .then(|| order(CommandName::Arrive, Value::Null)),
            State::Handling => {
                let done = self.standards().first().map_or("", String::as_str);
                let text = match self.moment.chinese {
                    true => format!("现场已处置：{done}"),
                    false => format!("Done on the spot: {done}"),
                };
                self.is_time((200.0, 800.0), 5.0, (3_650.0, 4_300.0))
                    .then(|| order(CommandName::Resolve, json!({"text": text})))
            }
            _ => None,
        }
    }

    fn commander(&mut self) -> Option<Order> {
        if self.seen.urged {
            return None;
        }
        let late = self
            .incident
            .deadline
            .as_ref()
            .is_some_and(|due| due.light == Light::Red);
        let grave = self.incident.severity == Severity::Extreme
            && self.incident.state == State::Handling
            && self.waited_s > 240.0;
        let text = self.say(
            "请抓紧处置并及时反馈进展",
            "Please hurry, and tell us how it goes",
        );
        (late || grave).then(|| order(CommandName::Urge, json!({"text": text})))
    }
}

/// With many open everybody hurries, with few they take their time.
fn pace(open: usize) -> f64 {
    match open {
        0..=29 => 1.3,
        30..=55 => 1.0,
        56..=66 => 0.6,
        _ => 0.25,
    }
}

/// A fresh desk shows every state from the start: a third stays dispatched, the others are moved on at once.
fn is_hurried(incident: &IncidentView, seen: &Seen, moment: &Moment<'_>) -> bool {
    let of_the_opening = incident.opened_at.since(moment.started) >= -1_000
        && incident.opened_at.since(moment.started) < OPENING_MS;
    if !of_the_opening || incident.state < State::Dispatched || seen.turns > 6 {
        return false;
    }
    let goal = match Chance::of(moment.seed, &[incident.id.bits(), 0x676f_616c]).share() {
        share if share < 0.30 => State::Dispatched,
        share if share < 0.46 => State::Acknowledged,
        share if share < 0.72 => State::Handling,
        share if share < 0.84 => State::Resolved,
        share if share < 0.95 => State::Checked,
        _ => State::Closed,
    };
    incident.state < goal
}

#[cfg(test)]
#[path = "work_tests.rs"]
pub mod tests;
