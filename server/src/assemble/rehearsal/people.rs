//! The people of a rehearsal: a dispatcher who reads what lies in the tray and asks back where he cannot tell, and departments
//! that return what is not theirs. They know the words and what asking back tells them, and err as people do.

use std::collections::BTreeMap;

use domain::account::{Actor, Role};
use domain::category::CategoryCode;
use domain::command::{Command, CommandGiven, Input};
use domain::ids::{AccountName, CommandId, DepartmentId, IncidentId};
use domain::incident::Incident;
use domain::lifecycle::State;
use domain::picture::Picture;
use domain::time::Timestamp;

use super::{ASKS_BACK, MISREADS};
use crate::scenario::{Ambiguity, Chance, Truth};

/// Seconds until a case in the tray has been read and decided, until a department looks at an order, until one that came
/// back is sent again.
const DECIDES_S: (f64, f64) = (40.0, 240.0);
const RECEIVES_S: (f64, f64) = (120.0, 900.0);
const SENDS_AGAIN_S: (f64, f64) = (60.0, 420.0);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// The dispatcher: decide what lies in the tray.
    Decide(IncidentId),
    /// The department: ours, or not.
    Receive(IncidentId),
    /// The dispatcher: it came back.
    SendAgain(IncidentId),
}

/// What is true, as far as people can find it out.
#[derive(Default)]
pub struct Known {
    matters: BTreeMap<String, Matter>,
    /// Source and id of a piece → its matter.
    of_piece: BTreeMap<(String, String), Option<String>>,
}

pub struct Matter {
    pub category: Option<CategoryCode>,
    pub department: Option<DepartmentId>,
    pub ambiguity: Option<Ambiguity>,
    pub fits: Vec<CategoryCode>,
}

impl Known {
    pub fn of(truths: &[Truth]) -> Self {
        let mut known = Self::default();
        known.learn(truths);
        known
    }

    pub fn learn(&mut self, truths: &[Truth]) {
        for truth in truths {
            match truth {
                Truth::Matter {
                    id,
                    category,
                    department,
                    ambiguity,
                    fits,
                    ..
                } => {
                    let matter = Matter {
                        category: *category,
                        department: department.clone(),
                        ambiguity: *ambiguity,
                        fits: fits.clone(),
                    };
                    self.matters.insert(id.clone(), matter);
                }
                Truth::Evidence {
                    source, id, matter, ..
                } => {
                    let name = (source.to_string(), id.to_string());
                    self.of_piece.insert(name, matter.clone());
                }
                _ => {}
            }
        }
    }

    /// The matter of an incident: that of its first piece.
    pub fn of_incident(&self, picture: &Picture, id: IncidentId) -> Option<&Matter> {
        let first = picture.evidence_of.get(&id)?.first()?;
        let piece = picture.evidence.get(first)?;
        let name = (piece.source.to_string(), piece.observation.to_string());
        self.matters.get(self.of_piece.get(&name)?.as_deref()?)
    }
}

pub struct People {
    chance: Chance,
    agenda: BTreeMap<(Timestamp, u64), Task>,
    serial: u64,
}

impl People {
    pub fn new(chance: Chance) -> Self {
        Self {
            chance,
            agenda: BTreeMap::new(),
            serial: 0,
        }
    }

    pub fn put(&mut self, now: Timestamp, task: Task) {
        if self.agenda.values().any(|known| *known == task) {
            return;
        }
        let (low, high) = match task {
            Task::Decide(_) => DECIDES_S,
            Task::Receive(_) => RECEIVES_S,
            Task::SendAgain(_) => SENDS_AGAIN_S,
        };
        let later_ms = (self.chance.between(low, high) * 1_000.0) as i64;
        self.serial += 1;
        let at = (now.plus_millis(later_ms), self.serial);
        self.agenda.insert(at, task);
    }

    pub fn next_before(&mut self, until: Timestamp) -> Option<(Timestamp, Task)> {
        let ((at, _), _) = self.agenda.first_key_value()?;
        if *at >= until {
            return None;
        }
        let ((at, _), task) = self.agenda.pop_first()?;
        Some((at, task))
    }

    /// The commands a task comes to.
    pub fn work(&mut self, picture: &Picture, known: &Known, task: Task) -> Vec<Input> {
        let (Task::Decide(id) | Task::Receive(id) | Task::SendAgain(id)) = task;
        let Some(incident) = picture.incidents.get(&id) else {
            return Vec::new();
        };
        let matter = known.of_incident(picture, id);
        match (task, incident.state) {
            (Task::Decide(_), State::Reported) => self.decide(picture, incident, matter),
            (Task::Receive(_), State::Dispatched) => self.receive(incident, matter, picture),
            (Task::SendAgain(_), State::Registered) => self.send_again(incident, matter),
            _ => Vec::new(),
        }
    }

    /// Reads the case; where it is hard to tell he mostly asks back, and else takes what the words allow.
    fn decide(
        &mut self,
        picture: &Picture,
        incident: &Incident,
        matter: Option<&Matter>,
    ) -> Vec<Input> {
        let Some((matter, right)) = matter.and_then(|one| Some((one, one.category?))) else {
            let reason = "不属于受理范围，已答复".to_owned();
            return vec![self.command(incident, Role::ShiftLeader, Command::Reject { reason })];
        };
        let asks_back = self.chance.happens(ASKS_BACK);
        let misreads = self.chance.happens(MISREADS);
        let guess = self.chance.below(matter.fits.len().max(2));
        let category = match matter.ambiguity {
            Some(Ambiguity::SeveralFit) if !asks_back => {
                matter.fits.get(guess).copied().unwrap_or(right)
            }
            Some(Ambiguity::WrongKindGiven) if !asks_back && guess == 0 => {
                given(picture, incident.id).unwrap_or(right)
            }
            Some(Ambiguity::SeveralFit | Ambiguity::WrongKindGiven | Ambiguity::Border) => right,
            _ if misreads => self.another(picture, right),
            _ => right,
        };
        let lead = match (&matter.department, matter.ambiguity) {
            // By the town the mark lies in, unless he asks.
            (_, Some(Ambiguity::Border)) if !asks_back => self.lead(picture, incident, category),
            (Some(lead), _) if category == right => Some(lead.clone()),
            _ => self.lead(picture, incident, category),
        };
        let mut inputs = Vec::new();
        if incident.category != Some(category) {
            let set = Command::SetCategory(category);
            inputs.push(self.command(incident, Role::Operator, set));
        }
        inputs.push(self.command(incident, Role::ShiftLeader, Command::Register));
        let dispatch = Command::Dispatch {
            lead,
            supporting: Vec::new(),
        };
        inputs.push(self.command(incident, Role::Dispatcher, dispatch));
        inputs
    }

    fn lead(
        &self,
        picture: &Picture,
        incident: &Incident,
        category: CategoryCode,
    ) -> Option<DepartmentId> {
        let city = picture.city.as_ref()?;
        let (date, _) = incident.opened_at.civil(&city.zone);
        let rows = city.responsible(category, incident.town.as_ref(), date);
        rows.first().map(|row| row.lead.clone())
    }

    /// What a hasty reader takes it for.
    fn another(&mut self, picture: &Picture, right: CategoryCode) -> CategoryCode {
        let Some(city) = &picture.city else {
            return right;
        };
        let all: Vec<CategoryCode> = city.categories.keys().copied().collect();
        self.chance.pick(&all).copied().unwrap_or(right)
    }

    fn receive(
        &mut self,
        incident: &Incident,
        matter: Option<&Matter>,
        picture: &Picture,
    ) -> Vec<Input> {
        let Some(lead) = &incident.lead else {
            return Vec::new();
        };
        let actor = Actor::Person {
            name: name("responder"),
            role: Role::Department,
            department: Some(lead.department.clone()),
            town: None,
        };
        let ours = matter
            .and_then(|matter| matter.department.as_ref())
            .is_none_or(|right| *right == lead.department);
        if ours || incident.binding {
            return vec![self.given(incident, actor, Command::Acknowledge)];
        }
        self.put(picture.now, Task::SendAgain(incident.id));
        let reason = "不属于本部门职责".to_owned();
        vec![self.given(incident, actor, Command::Return { reason })]
    }

    /// Whoever sent it back says whose it is.
    fn send_again(&mut self, incident: &Incident, matter: Option<&Matter>) -> Vec<Input> {
        let lead = matter.and_then(|matter| matter.department.clone());
        let dispatch = Command::Dispatch {
            lead,
            supporting: Vec::new(),
        };
        vec![self.command(incident, Role::Dispatcher, dispatch)]
    }

    fn command(&mut self, incident: &Incident, role: Role, command: Command) -> Input {
        let actor = Actor::Person {
            name: name(role.name()),
            role,
            department: None,
            town: None,
        };
        self.given(incident, actor, command)
    }

    fn given(&mut self, incident: &Incident, by: Actor, command: Command) -> Input {
        self.serial += 1;
        Input::Command(Box::new(CommandGiven {
            id: CommandId::from_bits(u128::from(self.serial)),
            incident: incident.id,
            by,
            expected_revision: None,
            after: None,
            command,
        }))
    }
}

/// The kind that is ticked on the form of an incident's first piece.
fn given(picture: &Picture, id: IncidentId) -> Option<CategoryCode> {
    use domain::incident::CategoryReason;
    let piece = picture.evidence_of.get(&id)?.first()?;
    match &picture.evidence.get(piece)?.category_reason {
        CategoryReason::Contradicted { given, .. } => Some(*given),
        _ => None,
    }
}

fn name(text: &str) -> AccountName {
    AccountName::new(text).expect("a short word is a name")
}
