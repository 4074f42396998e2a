//! The Picture: everything the city knows now, owned by one task and changed only by `step`.
//! Ordered maps throughout, so that its digest is the same wherever it is computed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::{Account, FeedKey, Role};
use crate::alarm::inhibition::Inhibitor;
use crate::alarm::point::{Point, PointKey};
use crate::alarm::{Alarm, SelfCheck};
use crate::attachment::{Attachment, ContentHash};
use crate::city::City;
use crate::command::LastChange;
use crate::ids::{
    AccountName, AlarmId, AlarmRuleId, AttachmentId, BlockNumber, CommandId, EvidenceId,
    IncidentId, KeyId, ObservationId, SourceId, ThingId,
};
use crate::incident::{Evidence, Incident};
use crate::notice::Notifying;
use crate::partition::Absorbed;
use crate::place::Position;
use crate::recent::RecentIds;
use crate::shared_views::SharedViews;
use crate::time::{CivilDate, Timestamp};
use crate::trust::SourceRecord;
use crate::unit::{Sensor, Unit};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Picture {
    pub block: BlockNumber,
    pub now: Timestamp,
    pub city: Option<Arc<City>>,
    pub accounts: BTreeMap<AccountName, Arc<Account>>,
    pub keys: BTreeMap<KeyId, Arc<FeedKey>>,
    pub known: Known,
    pub units: BTreeMap<ThingId, Arc<Unit>>,
    /// Which unit each source's name means.
    pub unit_names: BTreeMap<(SourceId, ThingId), ThingId>,
    /// Units that keep company with others of other sources, and for how long: they may be one.
    pub company: BTreeMap<ThingId, Vec<Company>>,
    pub sensors: BTreeMap<ThingId, Arc<Sensor>>,
    pub watches: BTreeMap<WatchKey, Watch>,
    pub alarms: BTreeMap<AlarmId, Arc<Alarm>>,
    /// Alarms that a source raised and has not cleared, to find them again by the source's id.
    pub source_alarms: BTreeMap<(SourceId, ObservationId), AlarmId>,
    pub self_checks: BTreeMap<SelfCheck, AlarmId>,
    pub incidents: BTreeMap<IncidentId, Arc<Incident>>,
    pub evidence: BTreeMap<EvidenceId, Arc<Evidence>>,
    pub evidence_of: BTreeMap<IncidentId, BTreeSet<EvidenceId>>,
    /// What merged incidents were, so that they can be given back.
    pub absorbed: BTreeMap<IncidentId, Absorbed>,
    pub last_change: BTreeMap<IncidentId, LastChange>,
    pub timers: BTreeSet<(Timestamp, Timer)>,
    /// Pairs the machine has pointed out to people, so that it does so once.
    pub suggested: BTreeSet<(IncidentId, IncidentId)>,
    /// How many numbers a day has given out.
    pub numbers: BTreeMap<CivilDate, u32>,
    /// Every command ever taken: which block answered it, and whether it was carried out.
    pub commands: BTreeMap<CommandId, Answered>,
    /// How often each source has been right.
    pub records: BTreeMap<SourceId, SourceRecord>,
    /// Every command on an alarm that came with an id: which block answered it.
    pub alarm_commands: BTreeMap<CommandId, BlockNumber>,
    /// Saved views that everybody of a role has.
    pub shared_views: BTreeMap<Role, Arc<SharedViews>>,
    /// Alarms that are not normal.
    pub unrest: BTreeSet<AlarmId>,
    /// What alarms, and how it has come and gone lately.
    pub points: BTreeMap<PointKey, Point>,
    /// Alarms that mute others.
    pub inhibiting: BTreeMap<AlarmId, Inhibitor>,
    pub attachments: BTreeMap<AttachmentId, Arc<Attachment>>,
    /// How many files each incident has.
    pub attached: BTreeMap<IncidentId, u32>,
    /// What was attached under an id of its sender.
    pub attach_commands: BTreeMap<CommandId, AttachmentId>,
    /// Files that the journal names and no attachment does.
    pub not_attached: BTreeSet<ContentHash>,
    pub notify: Notifying,
}

impl Picture {
    pub fn empty() -> Self {
        Self {
            block: BlockNumber(0),
            now: Timestamp::from_millis(0),
            city: None,
            accounts: BTreeMap::new(),
            keys: BTreeMap::new(),
            known: Known::default(),
            units: BTreeMap::new(),
            unit_names: BTreeMap::new(),
            company: BTreeMap::new(),
            sensors: BTreeMap::new(),
            watches: BTreeMap::new(),
            alarms: BTreeMap::new(),
            source_alarms: BTreeMap::new(),
            self_checks: BTreeMap::new(),
            incidents: BTreeMap::new(),
            evidence: BTreeMap::new(),
            evidence_of: BTreeMap::new(),
            absorbed: BTreeMap::new(),
            last_change: BTreeMap::new(),
            timers: BTreeSet::new(),
            suggested: BTreeSet::new(),
            numbers: BTreeMap::new(),
            commands: BTreeMap::new(),
            records: BTreeMap::new(),
            alarm_commands: BTreeMap::new(),
            shared_views: BTreeMap::new(),
            unrest: BTreeSet::new(),
            points: BTreeMap::new(),
            inhibiting: BTreeMap::new(),
            attachments: BTreeMap::new(),
            attached: BTreeMap::new(),
            attach_commands: BTreeMap::new(),
            not_attached: BTreeSet::new(),
            notify: Notifying::default(),
        }
    }

    /// The earliest moment at which something is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(due, _)| *due)
    }
}

impl Default for Picture {
    fn default() -> Self {
        Self::empty()
    }
}

/// How long one unit has been where another was.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Company {
    pub with: ThingId,
    pub met_at: Position,
    /// Positions of the other that lay on this one's way.
    pub times: u16,
    /// The other's last position that was counted.
    pub counted: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answered {
    pub block: BlockNumber,
    pub carried_out: bool,
}

/// What fires at a time, in the order of (due, timer).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Timer {
    /// A sensor has been silent for as long as the rule allows.
    Silence(WatchKey),
    /// The light of a running deadline changes.
    Light(IncidentId),
    /// A shelved alarm comes back.
    Unshelve(AlarmId),
    /// A suspension ends by itself.
    Resume(IncidentId),
    /// A stage has taken so much of its limit that a step of the escalation is due.
    Escalate(IncidentId),
    /// An alarm has stood for too long.
    Stale(AlarmId),
    /// What chattered may be quiet.
    Quiet(PointKey),
    /// An alarm that has cleared no longer mutes others.
    InhibitEnds(AlarmId),
}

/// One rule watching one thing of one source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct WatchKey {
    pub source: SourceId,
    pub thing: ThingId,
    pub rule: AlarmRuleId,
    pub drill: bool,
}

/// Where a rule stands with one thing.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    /// Beyond the threshold since, by observation time.
    pub beyond_since: Option<Timestamp>,
    /// The newest observation time seen; what is older is late.
    pub latest: Option<Timestamp>,
    pub active: Option<AlarmId>,
    pub silent: Option<AlarmId>,
    /// When the silence timer fires, so that it can be moved.
    pub silence_due: Option<Timestamp>,
    /// The newest observation time of a value within the threshold: no run reaches back beyond it.
    pub calm_at: Option<Timestamp>,
}

/// Which observations have been taken: reports and alarms for ever, readings and positions for a while.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Known {
    pub lasting: BTreeMap<u128, Taken>,
    pub recent: BTreeMap<ThingId, RecentIds>,
    /// Ids of things held in all, so that there is one number to bound.
    pub recent_count: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Taken {
    pub version: u32,
    pub content: u64,
    /// The piece of evidence it became, for a later version to correct.
    pub evidence: Option<EvidenceId>,
}
