//! One turn of the machine: the Picture being changed, the moment it is held to happen, and what has changed so far.
//! Every change goes through here, so that nothing changes unseen.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::account::Actor;
use crate::alarm::{Alarm, AlarmState};
use crate::attachment::{AttachGiven, AttachedFile, Attachment};
use crate::change::Change;
use crate::city::City;
use crate::command::LastChange;
use crate::ids::{
    AlarmId, AttachmentId, BlockNumber, CommandId, EvidenceId, HandoverId, IncidentId, NoticeId,
    ThingId,
};
use crate::incident::{Evidence, Happening, Incident, TimelineEntry};
use crate::jurisdictions::Jurisdictions;
use crate::lifecycle::CommandName;
use crate::picture::{Picture, Timer};
use crate::time::Timestamp;
use crate::unit::{Sensor, Unit};

pub struct Turn<'a> {
    pub picture: &'a mut Picture,
    pub city: Arc<City>,
    pub places: &'a Jurisdictions,
    pub block: BlockNumber,
    pub now: Timestamp,
    pub changes: Vec<Change>,
    /// Alarms of which it has not been looked at yet whether they mute others, or are muted.
    pub alarms_moved: BTreeSet<AlarmId>,
    births: u32,
}

impl<'a> Turn<'a> {
    pub fn new(
        picture: &'a mut Picture,
        city: Arc<City>,
        places: &'a Jurisdictions,
        block: BlockNumber,
        now: Timestamp,
        births: u32,
    ) -> Self {
        Self {
            picture,
            city,
            places,
            block,
            now,
            changes: Vec::new(),
            alarms_moved: BTreeSet::new(),
            births,
        }
    }

    /// How many ids this block has given out so far.
    pub fn births(&self) -> u32 {
        self.births
    }

    fn born(&mut self) -> u32 {
        let index = self.births;
        self.births += 1;
        index
    }

    pub fn new_notice_id(&mut self) -> NoticeId {
        NoticeId::new(self.block.0, self.born())
    }

    pub fn new_handover_id(&mut self) -> HandoverId {
        HandoverId::new(self.block.0, self.born())
    }

    pub fn new_incident_id(&mut self) -> IncidentId {
        IncidentId::new(self.block.0, self.born())
    }

    pub fn new_alarm_id(&mut self) -> AlarmId {
        AlarmId::new(self.block.0, self.born())
    }

    pub fn new_evidence_id(&mut self) -> EvidenceId {
        EvidenceId::new(self.block.0, self.born())
    }

    pub fn incident(&self, id: IncidentId) -> Option<Arc<Incident>> {
        self.picture.incidents.get(&id).cloned()
    }

    /// Puts an incident into the Picture if anything of it differs; moves its revision if what a
    /// person decides by differs (API.md: state, assignment, category, severity, place, title).
    pub fn put_incident(&mut self, mut incident: Incident) -> Arc<Incident> {
        if let Some(before) = self.picture.incidents.get(&incident.id) {
            if **before == incident {
                return before.clone();
            }
            incident.revision = before.revision + u32::from(weighs(before, &incident));
            incident.updated_at = self.now;
        }
        let incident = Arc::new(incident);
        self.picture.incidents.insert(incident.id, incident.clone());
        self.changes.push(Change::Incident(incident.clone()));
        incident
    }

    /// Remembers who moved the revision of an incident, and how, for those who still hold an older one.
    pub fn moved_by(&mut self, incident: IncidentId, by: Actor, what: CommandName) {
        let at = self.now;
        let last = LastChange { by, at, what };
        self.picture.last_change.insert(incident, last);
    }

    /// Something was said of an incident that stands as it did: whoever shows its log looks again.
    pub fn spoke_of(&mut self, id: IncidentId) {
        if let Some(before) = self.picture.incidents.get(&id) {
            let mut incident = (**before).clone();
            incident.updated_at = self.now;
            let incident = Arc::new(incident);
            self.picture.incidents.insert(id, incident.clone());
            self.changes.push(Change::Incident(incident));
        }
    }

    /// Says again how an incident stands although nothing of it moved: its light did.
    pub fn touch_incident(&mut self, id: IncidentId) {
        if let Some(incident) = self.picture.incidents.get(&id) {
            self.changes.push(Change::Incident(incident.clone()));
        }
    }

    /// Puts a piece of evidence under its incident, taking it from another where it lay before.
    pub fn put_evidence(&mut self, evidence: Evidence) -> Arc<Evidence> {
        let evidence = Arc::new(evidence);
        if let Some(before) = self.picture.evidence.insert(evidence.id, evidence.clone())
            && before.incident != evidence.incident
            && let Some(pieces) = self.picture.evidence_of.get_mut(&before.incident)
        {
            pieces.remove(&evidence.id);
        }
        self.picture
            .evidence_of
            .entry(evidence.incident)
            .or_default()
            .insert(evidence.id);
        self.changes.push(Change::Evidence(evidence.clone()));
        evidence
    }

    /// All evidence of an incident, in the order of its ids.
    pub fn evidence_of(&self, id: IncidentId) -> Vec<Arc<Evidence>> {
        let Some(pieces) = self.picture.evidence_of.get(&id) else {
            return Vec::new();
        };
        pieces
            .iter()
            .filter_map(|piece| self.picture.evidence.get(piece).cloned())
            .collect()
    }

    pub fn put_alarm(&mut self, alarm: Alarm) -> Arc<Alarm> {
        let alarm = Arc::new(alarm);
        if alarm.state == AlarmState::Normal {
            self.picture.unrest.remove(&alarm.id);
        } else {
            self.picture.unrest.insert(alarm.id);
        }
        self.alarms_moved.insert(alarm.id);
        self.picture.alarms.insert(alarm.id, alarm.clone());
        self.changes.push(Change::Alarm(alarm.clone()));
        alarm
    }

    /// A file becomes one of its incident.
    pub fn attach(&mut self, given: &AttachGiven) -> Arc<Attachment> {
        let id = AttachmentId::new(self.block.0, self.born());
        let attachment = Arc::new(Attachment {
            id,
            incident: given.incident,
            by: given.by.clone(),
            at: self.now,
            file: given.file.clone(),
        });
        self.picture.attachments.insert(id, attachment.clone());
        *self.picture.attached.entry(given.incident).or_default() += 1;
        if let Some(command) = given.id {
            self.picture.attach_commands.insert(command, id);
        }
        self.changes.push(Change::Attached(attachment.clone()));
        attachment
    }

    /// A file that the journal names stays, attached or not.
    pub fn leave_file(&mut self, file: &AttachedFile) {
        let hashes = file.files().map(|file| file.sha256);
        self.picture.not_attached.extend(hashes);
        self.changes
            .push(Change::NotAttached(Arc::new(file.clone())));
    }

    pub fn put_unit(&mut self, unit: Unit) {
        let unit = Arc::new(unit);
        self.picture.units.insert(unit.id.clone(), unit.clone());
        self.changes.push(Change::Unit(unit));
    }

    /// Takes a unit out that turned out to be another.
    pub fn remove_unit(&mut self, id: &ThingId) {
        if self.picture.units.remove(id).is_some() {
            self.changes.push(Change::UnitGone(id.clone()));
        }
    }

    pub fn put_sensor(&mut self, sensor: Sensor) {
        let sensor = Arc::new(sensor);
        self.picture
            .sensors
            .insert(sensor.id.clone(), sensor.clone());
        self.changes.push(Change::Sensor(sensor));
    }

    pub fn log(
        &mut self,
        incident: IncidentId,
        by: Actor,
        command: Option<CommandId>,
        what: Happening,
    ) {
        self.changes.push(Change::Timeline(Arc::new(TimelineEntry {
            incident,
            at: self.now,
            block: self.block,
            by,
            command,
            what,
        })));
    }

    pub fn set_timer(&mut self, due: Timestamp, timer: Timer) {
        self.picture.timers.insert((due, timer));
    }

    pub fn clear_timer(&mut self, due: Timestamp, timer: Timer) {
        self.picture.timers.remove(&(due, timer));
    }

    /// The number of a new incident: kind, day, how many that day.
    pub fn new_number(&mut self, category: Option<crate::category::CategoryCode>) -> String {
        let (day, _) = self.now.civil(&self.city.zone);
        let count = self.picture.numbers.entry(day).or_insert(0);
        *count += 1;
        let count = *count;
        // Only today's count can grow; older days are done.
        while self.picture.numbers.len() > 2 {
            self.picture.numbers.pop_first();
        }
        let kind = category.map_or_else(|| "E0000".to_owned(), |code| code.to_string());
        format!("{kind}{}{count:04}", day.to_string().replace('-', ""))
    }
}

/// Whether what a person decides by differs between two states of an incident.
fn weighs(before: &Incident, after: &Incident) -> bool {
    let order = |incident: &Incident| {
        (
            incident.lead.as_ref().map(|lead| lead.department.clone()),
            incident
                .supporting
                .iter()
                .map(|assignment| assignment.department.clone())
                .collect::<Vec<_>>(),
        )
    };
    before.state != after.state
        || before.category != after.category
        || before.severity != after.severity
        || before.position != after.position
        || before.town != after.town
        || before.title != after.title
        || order(before) != order(after)
}
