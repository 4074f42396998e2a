//! What a step changed, in the order it happened. Everyone outside the single writer learns of the city only from these.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::{Account, FeedKey};
use crate::alarm::Alarm;
use crate::attachment::{AttachedFile, Attachment};
use crate::city::City;
use crate::command::Refusal;
use crate::ids::{BlockNumber, CommandId, EvidenceId, IncidentId, ThingId};
use crate::incident::{Evidence, Incident, TimelineEntry};
use crate::notice::{Endpoint, NotNoticed, Notice, Noticed};
use crate::observation::{Intake, Reading};
use crate::roster::{Handover, Roster};
use crate::shared_views::SharedViews;
use crate::time::Timestamp;
use crate::unit::{Sensor, Unit};

#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    City(Arc<City>),
    Incident(Arc<Incident>),
    /// A piece of evidence, new or changed; its incident stands in it.
    Evidence(Arc<Evidence>),
    Timeline(Arc<TimelineEntry>),
    Alarm(Arc<Alarm>),
    Unit(Arc<Unit>),
    /// It was another unit under a second name.
    UnitGone(ThingId),
    Sensor(Arc<Sensor>),
    /// A reading was accepted, late ones too; the sensor itself may not have moved by it.
    Reading(Arc<Reading>),
    Account(Arc<Account>),
    Key(Arc<FeedKey>),
    /// A command's answer, kept for the journal's life.
    Answered(Arc<CommandAnswer>),
    /// The same of a command on an alarm.
    AlarmAnswered(Arc<CommandAnswer<Alarm>>),
    SharedViews(Arc<SharedViews>),
    Attached(Arc<Attachment>),
    /// A file that nobody could attach any more; it stays in the data folder, since the journal names it.
    NotAttached(Arc<AttachedFile>),
    /// It came, or is over.
    Notice(Arc<Notice>),
    Roster(Arc<Roster>),
    Handover(Arc<Handover>),
    Endpoint(Arc<Endpoint>),
}

/// What a command's giver is told, now and whenever he asks again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CommandAnswer<T = Incident> {
    pub id: CommandId,
    pub at: Timestamp,
    pub answer: Result<Arc<T>, Refusal>,
}

/// The outcome of one input, in the order of the block's inputs.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    Observation(Intake),
    Opened(Arc<Incident>),
    Command(Arc<CommandAnswer>),
    /// The command id was known: its first answer was given in this block.
    Repeated(BlockNumber, CommandId),
    AlarmCommand(Result<Arc<Alarm>, Refusal>),
    /// The same of a command on an alarm.
    AlarmRepeated(BlockNumber, CommandId),
    /// An account, a key or a city pack was taken.
    Taken,
    Refused(String),
    Attached(Result<Arc<Attachment>, Refusal>),
    Noticed(Result<Noticed, NotNoticed>),
}

/// What one block did.
#[derive(Clone, PartialEq, Debug)]
pub struct Stepped {
    pub block: BlockNumber,
    pub now: Timestamp,
    pub changes: Vec<Change>,
    pub outcomes: Vec<Outcome>,
}

/// Births and moves of evidence, for those who only follow the partition.
pub fn partition(changes: &[Change]) -> Vec<(EvidenceId, IncidentId)> {
    changes
        .iter()
        .filter_map(|change| match change {
            Change::Evidence(evidence) => Some((evidence.id, evidence.incident)),
            _ => None,
        })
        .collect()
}
