//! Notices follow what a turn changed: those that are wanted and do not stand are opened, those that stand and are no longer wanted
//! are settled. The same changes give the same notices.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{About, Addressee, MOST_OPEN, Notice, NoticeKey, NoticeState, Reason};
use crate::account::{Actor, Role};
use crate::category::Severity;
use crate::change::Change;
use crate::explain;
use crate::ids::{AccountName, AlarmId, DepartmentId, EndpointId, IncidentId, JurisdictionCode};
use crate::incident::{Happening, Incident, TimelineEntry};
use crate::language::Language;
use crate::lifecycle::{CommandName, State};
use crate::request::Waiting;
use crate::roster::{Channel, DutyPost};
use crate::turn::Turn;

/// Looks at everything the turn has changed so far.
pub fn follow(turn: &mut Turn<'_>) {
    let (mut incidents, mut alarms) = (BTreeSet::new(), BTreeSet::new());
    let mut happened: Vec<Arc<TimelineEntry>> = Vec::new();
    for change in &turn.changes {
        match change {
            Change::Incident(incident) => _ = incidents.insert(incident.id),
            Change::Alarm(alarm) => _ = alarms.insert(alarm.id),
            Change::Timeline(entry) if is_told(&entry.what) => happened.push(entry.clone()),
            _ => {}
        }
    }
    for id in incidents {
        follow_incident(turn, id);
    }
    for id in alarms {
        follow_alarm(turn, id);
    }
    for entry in happened {
        tell_once(turn, &entry);
    }
}

fn is_told(what: &Happening) -> bool {
    match what {
        Happening::Escalated { .. } => true,
        Happening::Commanded { command, .. } => {
            use CommandName::{Comment, Escalate, Urge};
            matches!(command, Urge | Escalate | Comment)
        }
        _ => false,
    }
}

fn follow_incident(turn: &mut Turn<'_>, id: IncidentId) {
    let Some(incident) = turn.incident(id) else {
        return;
    };
    let about = About::Incident(id);
    let wanted = wanted_of(&incident);
    let mut over = Vec::new();
    for key in standing(turn, &about) {
        let (_, reason, to) = &key;
        let stays = if reason.is_of_a_state() {
            wanted.contains(&(*reason, to.clone()))
        } else {
            still_stands(&incident, *reason, to)
        };
        if !stays {
            over.push(key);
        }
    }
    for key in over {
        settle(turn, &key);
    }
    for (reason, to) in wanted {
        let key = (about.clone(), reason, to);
        if !turn.picture.notify.standing.contains_key(&key) {
            open(turn, key, Subject::of_incident(turn, &incident));
        }
    }
}

/// Who must be told of an incident as it stands.
fn wanted_of(incident: &Incident) -> Vec<(Reason, Addressee)> {
    let mut wanted = Vec::new();
    let lead = incident.lead.as_ref();
    if incident.state == State::Dispatched
        && let Some(lead) = lead
    {
        wanted.push((
            Reason::Order,
            Addressee::Department(lead.department.clone()),
        ));
    }
    let is_worked_on = matches!(
        incident.state,
        State::Dispatched | State::Acknowledged | State::Handling
    );
    if is_worked_on {
        for one in &incident.supporting {
            if one.acknowledged_at.is_none() && one.resolved_at.is_none() {
                let to = Addressee::Department(one.department.clone());
                wanted.push((Reason::Support, to));
            }
        }
    }
    for waiting in incident.waiting() {
        match waiting {
            Waiting::Dispute => {
                wanted.push((Reason::Returned, Addressee::Role(Role::ShiftLeader)));
            }
            Waiting::Extension | Waiting::Suspension => {
                wanted.push((Reason::Decide(waiting), Addressee::Role(Role::Dispatcher)));
            }
            Waiting::ExtensionLeader | Waiting::SuspensionLeader => {
                wanted.push((Reason::Decide(waiting), Addressee::Role(Role::ShiftLeader)));
            }
            Waiting::Appeal => {
                wanted.push((Reason::Decide(waiting), Addressee::Role(Role::ShiftLeader)));
            }
            Waiting::Verification => {
                let to = in_town(Role::Collector, incident.town.as_ref());
                wanted.push((Reason::Decide(waiting), to));
            }
            Waiting::Instruction => {}
        }
    }
    if incident.state.is_open() {
        for instruction in incident.instructions.iter().filter(|one| one.is_open()) {
            wanted.push((Reason::Instructed(instruction.number), worked_by(incident)));
        }
    }
    wanted
}

fn in_town(role: Role, town: Option<&JurisdictionCode>) -> Addressee {
    match town {
        Some(town) => Addressee::InTown(role, town.clone()),
        None => Addressee::Role(role),
    }
}

/// The lead; before there is one, whoever gives the order.
fn worked_by(incident: &Incident) -> Addressee {
    match &incident.lead {
        Some(lead) => Addressee::Department(lead.department.clone()),
        None => Addressee::Role(Role::Dispatcher),
    }
}

/// Of what happened once.
fn still_stands(incident: &Incident, reason: Reason, to: &Addressee) -> bool {
    let stage = incident.clock.as_ref().map(|clock| clock.stage);
    incident.state.is_open()
        && match reason {
            Reason::Urged => incident.state < State::Resolved && *to == worked_by(incident),
            Reason::Escalated(of) => stage == Some(of),
            _ => true,
        }
}

/// What happened once is told anew each time, even if it stood already.
fn tell_once(turn: &mut Turn<'_>, entry: &TimelineEntry) {
    let Some(incident) = turn.incident(entry.incident) else {
        return;
    };
    let told = match &entry.what {
        Happening::Escalated { stage, to, .. } => {
            vec![(Reason::Escalated(*stage), Addressee::Role(*to))]
        }
        Happening::Commanded {
            command: CommandName::Urge,
            ..
        } => vec![(Reason::Urged, worked_by(&incident))],
        Happening::Commanded {
            command: CommandName::Comment,
            said,
            ..
        } => said
            .iter()
            .flat_map(|said| mentioned(turn, &entry.by, &said.mentions))
            .map(|to| (Reason::Mentioned, to))
            .collect(),
        _ => {
            let last = incident.escalated_to.last();
            last.map(|role| (Reason::Raised, Addressee::Role(*role)))
                .into_iter()
                .collect()
        }
    };
    for (reason, to) in told {
        if still_stands(&incident, reason, &to) {
            let key = (About::Incident(incident.id), reason, to);
            settle(turn, &key);
            open(turn, key, Subject::of_incident(turn, &incident));
        }
    }
}

/// Departments and people that a comment names, each once. Nobody is told of his own words.
fn mentioned(turn: &Turn<'_>, by: &Actor, names: &[String]) -> BTreeSet<Addressee> {
    let addressee = |name: &String| {
        let department = DepartmentId::new(name).ok();
        match department.filter(|id| turn.city.departments.contains_key(id)) {
            Some(department) => Some(Addressee::Department(department)),
            None => AccountName::new(name).ok().map(Addressee::Account),
        }
    };
    let to = names.iter().filter_map(addressee);
    to.filter(|to| !matches!(to, Addressee::Account(name) if name.as_str() == by.name()))
        .collect()
}

fn follow_alarm(turn: &mut Turn<'_>, id: AlarmId) {
    let Some(alarm) = turn.picture.alarms.get(&id).cloned() else {
        return;
    };
    let key = voice_of(id);
    let stands = turn.picture.notify.standing.contains_key(&key);
    match (alarm.needs_voice(), stands) {
        (true, false) => {
            let subject = Subject {
                severity: alarm.severity,
                title: alarm.text.clone(),
                title_en: alarm.text.clone(),
                incident: alarm.incident,
                drill: alarm.drill,
            };
            open(turn, key, subject);
        }
        (false, true) => settle(turn, &key),
        _ => {}
    }
}

fn voice_of(id: AlarmId) -> NoticeKey {
    let to = Addressee::Role(Role::Operator);
    (About::Alarm(id), Reason::Alarm, to)
}

/// The shift leader hears when nobody on duty at a post can be reached, and when somebody can again it is over.
pub fn nobody_reached(turn: &mut Turn<'_>, post: &DutyPost, reached: bool) {
    let to = Addressee::Role(Role::ShiftLeader);
    let key = (About::Post(post.clone()), Reason::NobodyReached, to);
    let stands = turn.picture.notify.standing.contains_key(&key);
    match (reached, stands) {
        (false, false) => {
            let subject = Subject {
                severity: Severity::Severe,
                title: format!("值班岗位 {post} 无人可通知"),
                title_en: format!("Nobody on duty at {post} can be reached"),
                incident: None,
                drill: false,
            };
            open(turn, key, subject);
        }
        (true, true) => settle(turn, &key),
        _ => {}
    }
}

/// What a notice says of what it is about.
struct Subject {
    severity: Severity,
    title: String,
    title_en: String,
    incident: Option<IncidentId>,
    drill: bool,
}

impl Subject {
    fn of_incident(turn: &Turn<'_>, incident: &Incident) -> Self {
        Self {
            severity: incident.severity,
            title: explain::title(&turn.city, Language::Zh, incident),
            title_en: explain::title(&turn.city, Language::En, incident),
            incident: Some(incident.id),
            drill: incident.drill,
        }
    }
}

fn standing(turn: &Turn<'_>, about: &About) -> Vec<NoticeKey> {
    let first = (
        about.clone(),
        Reason::Order,
        Addressee::Role(Role::Collector),
    );
    let all = turn.picture.notify.standing.range(first..);
    all.take_while(|(key, _)| key.0 == *about)
        .map(|(key, _)| key.clone())
        .collect()
}

fn open(turn: &mut Turn<'_>, key: NoticeKey, subject: Subject) {
    if turn.picture.notify.open as usize >= MOST_OPEN {
        let_one_go(turn);
    }
    let (about, reason, to) = key.clone();
    let endpoints = endpoints_for(turn, &to, subject.severity);
    let notice = Arc::new(Notice {
        id: turn.new_notice_id(),
        about,
        reason,
        to,
        at: turn.now,
        severity: subject.severity,
        title: subject.title,
        title_en: subject.title_en,
        incident: subject.incident,
        drill: subject.drill,
        endpoints,
        state: NoticeState::Open,
    });
    let notify = &mut turn.picture.notify;
    notify.by_id.insert(notice.id, key.clone());
    notify.standing.insert(key, notice.clone());
    notify.open += 1;
    turn.changes.push(Change::Notice(notice));
}

/// Those that always hear such notices, and those by which the people on duty are reached.
fn endpoints_for(turn: &Turn<'_>, to: &Addressee, severity: Severity) -> Vec<EndpointId> {
    let notify = &turn.picture.notify;
    let post = to.post();
    let roster = post.as_ref().and_then(|post| notify.rosters.get(post));
    let named: BTreeSet<&EndpointId> = roster
        .into_iter()
        .flat_map(|roster| roster.on_duty(turn.now))
        .flat_map(|shift| &shift.channels)
        .filter_map(|channel| match channel {
            Channel::Webhook(id) => Some(id),
            Channel::Page => None,
        })
        .collect();
    let hears = |endpoint: &super::Endpoint| {
        let always = post
            .as_ref()
            .is_some_and(|post| endpoint.posts.contains(post));
        endpoint.enabled && severity <= endpoint.least && (always || named.contains(&endpoint.id))
    };
    let endpoints = notify.endpoints.values();
    endpoints
        .filter(|endpoint| hears(endpoint))
        .map(|endpoint| endpoint.id.clone())
        .collect()
}

/// It is over, however it stood.
fn settle(turn: &mut Turn<'_>, key: &NoticeKey) {
    let at = turn.now;
    end(turn, key, NoticeState::Settled { at });
}

fn end(turn: &mut Turn<'_>, key: &NoticeKey, state: NoticeState) {
    let notify = &mut turn.picture.notify;
    let Some(notice) = notify.standing.remove(key) else {
        return;
    };
    notify.by_id.remove(&notice.id);
    // One that was acknowledged has been told of as such.
    if notice.is_open() {
        notify.open -= 1;
        let mut ended = (*notice).clone();
        ended.state = state;
        turn.changes.push(Change::Notice(Arc::new(ended)));
    }
}

/// The oldest of the least severe.
fn let_one_go(turn: &mut Turn<'_>) {
    let least = turn
        .picture
        .notify
        .open()
        .max_by_key(|notice| (notice.severity, std::cmp::Reverse(notice.id)));
    if let Some(key) = least.map(|notice| notice.key()) {
        let at = turn.now;
        end(turn, &key, NoticeState::LetGo { at });
    }
}

impl Turn<'_> {
    /// Acknowledged by a person. What would come again as things stand keeps standing, quietly.
    pub fn acknowledge_notice(&mut self, key: &NoticeKey, by: &str) -> Option<Arc<Notice>> {
        let before = self.picture.notify.standing.get(key)?.clone();
        if !before.is_open() {
            return Some(before);
        }
        let mut notice = (*before).clone();
        notice.state = NoticeState::Acknowledged {
            by: by.to_owned(),
            at: self.now,
        };
        let notice = Arc::new(notice);
        let notify = &mut self.picture.notify;
        notify.open -= 1;
        if notice.reason.is_of_a_state() {
            notify.standing.insert(key.clone(), notice.clone());
        } else {
            notify.standing.remove(key);
            notify.by_id.remove(&notice.id);
        }
        self.changes.push(Change::Notice(notice.clone()));
        Some(notice)
    }
}
