//! What the web asks for, answered by records, hub, registry and writer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::account::{Account, Actor, FeedKey};
use domain::alarm::Alarm;
use domain::alarm::load::{Entry, LogChoice};
use domain::audit::{AuditAsked, AuditPage, Note};
use domain::category::Severity;
use domain::change::CommandAnswer;
use domain::choice::Near;
use domain::city::{City, Level};
use domain::command::{Input, OpenByHand};
use domain::feed_health::FeedView;
use domain::figures::Figures;
use domain::ids::{AccountName, CommandId, DepartmentId, IncidentId, VaultToken};
use domain::incident::{Evidence, Incident, TimelineEntry};
use domain::policy::Audience;
use domain::shared_views::SharedViews;
use domain::theme::{ThemeName, ThemeView};
use domain::time::Timestamp;
use domain::wire::field::ComparedView;
use domain::wire::past::{DensityView, HorizonView, SeatView};
use domain::wire::{AlarmView, IncidentView, Layer, SensorView, UnitView};

use super::lists::Lists;
use super::{Works, counting, foresight, past, wall_clock};
use crate::demo;
use crate::single_writer;
use crate::store::{self, AuditReader, Kept, Looked, Reporter, Vault, VaultEntry, records};
use crate::themes;
use crate::web::{
    Asked, Back, Blocking, Caller, Counted, DemoLogin, Foreseen, IncidentList, KeptSession,
    ListFault, NotTaken, Page, PastPicture, PastSteps, ReadingsAsked, ReadingsFound, SessionKeeper,
    Stretch, Taken,
};

/// How long a read waits for what was acknowledged before it.
pub(super) const SETTLE: Duration = Duration::from_secs(5);

pub struct Behind {
    works: Arc<Works>,
    reads: Arc<Reads>,
}

impl Behind {
    pub fn new(works: Arc<Works>) -> Self {
        let reads = Arc::new(Reads {
            works: works.clone(),
        });
        Self { works, reads }
    }
}

impl Behind {
    async fn taken(&self, inputs: Vec<Input>, kept: Vec<Kept>) -> Result<Taken, NotTaken> {
        match self.works.submitter.carry_out(inputs, kept).await {
            Ok(answer) => Ok(Taken {
                block: answer.block,
                outcomes: answer.outcomes,
            }),
            Err(single_writer::NotTaken::Full) => Err(NotTaken::Full),
            Err(single_writer::NotTaken::Unavailable(why)) => Err(NotTaken::Unavailable(why)),
        }
    }
}

impl Back for Behind {
    fn now(&self) -> Timestamp {
        wall_clock()
    }

    fn city(&self) -> Arc<City> {
        self.works
            .registry
            .city()
            .expect("a server starts with a city")
    }

    fn position(&self) -> u64 {
        self.works.registry.position()
    }

    fn outlines(&self, level: Level) -> Vec<u8> {
        self.works.files.jurisdictions_geojson(level).to_vec()
    }

    fn basemap(&self, layer: &str) -> Option<Vec<u8>> {
        self.works.files.basemap_geojson(layer).map(<[u8]>::to_vec)
    }

    fn account(&self, name: &AccountName) -> Option<Arc<Account>> {
        self.works.registry.account(name)
    }

    fn accounts(&self) -> Vec<Arc<Account>> {
        self.works.registry.accounts()
    }

    fn shared_views(&self) -> Vec<SharedViews> {
        self.works.registry.shared_views()
    }

    fn key(&self, secret_sha256: &[u8; 32]) -> Option<Arc<FeedKey>> {
        self.works.registry.key(secret_sha256)
    }

    fn carry_out(&self, inputs: Vec<Input>) -> crate::web::Later<'_, Result<Taken, NotTaken>> {
        Box::pin(self.taken(inputs, Vec::new()))
    }

    fn note(&self, note: Note) -> crate::web::Later<'_, Result<(), NotTaken>> {
        Box::pin(async move {
            self.taken(Vec::new(), vec![note.into()]).await?;
            Ok(())
        })
    }

    fn open(
        &self,
        id: Option<CommandId>,
        mut given: OpenByHand,
        caller: Option<Caller>,
    ) -> crate::web::Later<'_, Result<Taken, NotTaken>> {
        Box::pin(async move {
            let mut kept = Vec::new();
            if let Some(caller) = caller {
                let entry = VaultEntry::seal(&Reporter {
                    name: caller.name,
                    phone: caller.phone,
                    confidential: caller.confidential,
                })
                .map_err(|error| NotTaken::Unavailable(error.to_string()))?;
                given.reporter = Some(entry.token.clone());
                kept.push(entry.into());
            }
            let given = Box::new(given);
            let input = match id {
                Some(id) => Input::OpenOnce(id, given),
                None => Input::Open(given),
            };
            self.taken(vec![input], kept).await
        })
    }

    fn blocking(&self) -> Arc<dyn Blocking> {
        self.reads.clone()
    }

    fn files(&self) -> &dyn crate::web::Files {
        &*self.works.attached
    }

    fn notices(&self) -> &dyn crate::web::NoticeDesk {
        &*self.works.notifying
    }

    fn feeds(&self) -> Vec<FeedView> {
        counting::feeds(&self.works, &self.city(), self.now())
    }

    fn evaluation(&self) -> Arc<domain::evaluation::Evaluation> {
        self.works.evaluation.clone()
    }

    fn themes(&self) -> Vec<ThemeName> {
        self.works.themes.iter().map(themes::name).collect()
    }

    fn demo(&self) -> bool {
        self.works.demo
    }

    fn demo_logins(&self) -> Vec<DemoLogin> {
        if !self.works.demo {
            return Vec::new();
        }
        demo::accounts()
            .into_iter()
            .map(|account| DemoLogin {
                name: account.name,
                password: account.password,
            })
            .collect()
    }

    fn not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.works.progress.is_troubled() {
            reasons.push("the records cannot be written".to_owned());
        }
        if self.works.readings_progress.is_troubled() {
            reasons.push("the readings cannot be written".to_owned());
        }
        if self.works.recordings_progress.is_troubled() {
            reasons.push("the recordings cannot be written".to_owned());
        }
        let behind = self
            .works
            .registry
            .position()
            .saturating_sub(self.works.records.applied().0);
        if behind > 2_000 {
            reasons.push(format!("the records are {behind} blocks behind"));
        }
        reasons
    }
}

struct Reads {
    works: Arc<Works>,
}

/// Incidents nearby that a call is compared with at most; the nearest first.
const MOST_COMPARED: usize = 40;
/// Probable doubles that are named at most.
const MOST_ALIKE: usize = 5;

fn words(error: impl ToString) -> String {
    error.to_string()
}

/// A query that the asker can mend, or a failure of ours.
fn fault(error: records::QueryError) -> ListFault {
    if !error.is_askers() {
        return ListFault::Failed(error.to_string());
    }
    let pointer = match &error {
        records::QueryError::Limit(_) => "?limit",
        records::QueryError::Category(_) => "?category",
        records::QueryError::UnknownTown(_) => "?town",
        _ => "?cursor",
    };
    ListFault::Asked {
        pointer,
        reason: error.to_string(),
    }
}

fn query_of(list: &IncidentList, now: Timestamp) -> Result<records::IncidentQuery, ListFault> {
    let department = match list.department.as_deref().map(DepartmentId::new) {
        None => None,
        Some(Ok(department)) => Some(department),
        Some(Err(error)) => {
            return Err(ListFault::Asked {
                pointer: "?department",
                reason: error.to_string(),
            });
        }
    };
    Ok(records::IncidentQuery {
        states: list.states.clone(),
        categories: list.categories.clone(),
        severities: list
            .severities
            .iter()
            .filter_map(|level| Severity::try_from(*level).ok())
            .collect(),
        department,
        town: list.town.clone(),
        bbox: list.bounds,
        since: list.since,
        until: list.until,
        overdue_at: list.overdue.and_then(|overdue| overdue.then_some(now)),
        dispatched_since: list.dispatched_since,
        dispatched_until: list.dispatched_until,
        closed_since: list.closed_since,
        closed_until: list.closed_until,
        in_time: list.in_time.clone(),
        accurate: list.accurate.clone(),
        drill: list.drill,
        tray: list.tray,
        waiting: list.waiting.clone(),
        text: list.words.clone(),
        limit: u16::try_from(list.limit).unwrap_or(u16::MAX),
        cursor: list.cursor.clone(),
    })
}

impl Blocking for Reads {
    fn settle(&self) {
        let acknowledged = self.works.registry.position();
        let begun = Instant::now();
        let settled = self.works.progress.wait(acknowledged, SETTLE)
            && self.works.readings_progress.wait(acknowledged, SETTLE);
        if !settled {
            metrics::counter!("gulou_reads_unsettled_total").increment(1);
        }
        while self.works.hub.read(|scene| scene.position) < acknowledged && begun.elapsed() < SETTLE
        {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn incidents(
        &self,
        list: &IncidentList,
        audience: &Audience,
        now: Timestamp,
    ) -> Result<Page, ListFault> {
        let page = self
            .works
            .records
            .incidents(&query_of(list, now)?, audience)
            .map_err(fault)?;
        Ok(Page {
            incidents: page.incidents,
            next: page.next,
        })
    }

    fn incident(&self, id: IncidentId) -> Result<Option<Arc<Incident>>, String> {
        let found = self.works.records.incident(id).map_err(words)?;
        Ok(found.map(|(_, incident)| incident))
    }

    fn evidence_of(&self, id: IncidentId) -> Result<Vec<Evidence>, String> {
        self.works.records.evidence_of(id).map_err(words)
    }

    fn timeline_of(&self, id: IncidentId) -> Result<Vec<TimelineEntry>, String> {
        self.works.records.timeline_of(id).map_err(words)
    }

    fn answer(&self, id: CommandId) -> Result<Option<CommandAnswer>, String> {
        self.works.records.answer(id).map_err(words)
    }

    fn alarm_answer(&self, id: CommandId) -> Result<Option<CommandAnswer<Alarm>>, String> {
        self.works.records.alarm_answer(id).map_err(words)
    }

    fn counted(&self, audience: &Audience, now: Timestamp) -> Result<Counted, String> {
        let counts = self.works.records.counts(audience, now).map_err(words)?;
        Ok(Counted {
            open: counts.open,
            tray: counts.tray,
            overdue: counts.overdue,
            by_state: counts.by_state.into_iter().collect(),
            by_severity: counts
                .by_severity
                .into_iter()
                .map(|(severity, count)| (severity.level(), count))
                .collect(),
        })
    }

    fn figures(&self, audience: &Audience, now: Timestamp) -> Result<Figures, String> {
        counting::figures(&self.works, audience, now)
    }

    fn compared(&self, audience: &Audience, now: Timestamp) -> Result<Vec<ComparedView>, String> {
        counting::compared(&self.works, audience, now)
    }

    fn theme(
        &self,
        id: &str,
        audience: &Audience,
        now: Timestamp,
    ) -> Result<Option<ThemeView>, String> {
        counting::theme(&self.works, id, audience, now)
    }

    fn cases(
        &self,
        period: domain::evaluation::Period,
    ) -> Result<(u64, Vec<domain::case::Case>), String> {
        let found = self.works.records.cases(period).map_err(words)?;
        Ok((found.position.0, found.cases))
    }

    fn readings(&self, asked: &ReadingsAsked) -> Result<ReadingsFound, String> {
        counting::readings(&self.works, asked)
    }

    fn reporter(&self, token: &VaultToken) -> Result<crate::web::Kept, String> {
        let vault = Vault::of(&self.works.journal).map_err(words)?;
        Ok(match vault.look(token).map_err(words)? {
            Looked::Kept(reporter) => crate::web::Kept::Here(Caller {
                name: reporter.name,
                phone: reporter.phone,
                confidential: reporter.confidential,
            }),
            Looked::Erased | Looked::Unknown => crate::web::Kept::Erased,
        })
    }

    fn audit(&self, asked: &AuditAsked) -> Result<AuditPage, String> {
        AuditReader::of(&self.works.journal)
            .list(asked)
            .map_err(words)
    }

    fn horizon(&self) -> Result<HorizonView, String> {
        past::horizon(&self.works)
    }

    fn past_picture(
        &self,
        at: Timestamp,
        audience: &Audience,
        seat: Option<&SeatView>,
    ) -> Result<Option<PastPicture>, String> {
        past::picture(&self.works, at, audience, seat)
    }

    fn past_steps(
        &self,
        stretch: Stretch,
        most: usize,
        audience: &Audience,
        seat: Option<&SeatView>,
    ) -> Result<Option<PastSteps>, String> {
        past::steps(&self.works, stretch, most, audience, seat)
    }

    fn density(&self, stretch: Stretch, audience: &Audience) -> Result<DensityView, String> {
        past::density(&self.works, stretch, audience)
    }

    fn look(&self, view: &SeatView, has_left: bool) -> Result<(), String> {
        self.works.recordings.look(view, has_left).map_err(words)
    }

    fn look_of(&self, view: u64) -> Result<Option<SeatView>, String> {
        self.works.recordings.look_of(view).map_err(words)
    }

    fn looks_at(&self, at: Timestamp, of: &dyn Fn(&str) -> bool) -> Result<Vec<SeatView>, String> {
        self.works.recordings.looks_at(at, of).map_err(words)
    }

    fn alarms(&self) -> Result<Vec<Arc<AlarmView>>, String> {
        Ok(self.on(Layer::Alarms).alarms())
    }

    fn alarm_lines(
        &self,
        choice: &LogChoice,
        most: usize,
    ) -> Result<(Vec<Entry>, Option<Timestamp>), String> {
        let found = self
            .works
            .records
            .alarm_lines(choice, most)
            .map_err(words)?;
        Ok((found.lines, found.known_from))
    }

    fn live_incidents(&self, audience: &Audience) -> (u64, Vec<Arc<IncidentView>>) {
        let live = self.on(Layer::Incidents);
        (live.position, live.incidents(audience))
    }

    fn units(&self) -> Vec<Arc<UnitView>> {
        self.on(Layer::Units).units()
    }

    fn nearest_units(
        &self,
        near: Near,
        fits: &dyn Fn(&UnitView) -> bool,
    ) -> Vec<(Arc<UnitView>, f64)> {
        self.works.around.nearest(&self.works.hub, near, fits)
    }

    fn sensors(&self) -> Vec<Arc<SensorView>> {
        self.on(Layer::Sensors).sensors()
    }

    fn foresee(
        &self,
        asked: &Asked,
        by: Actor,
        audience: &Audience,
        now: Timestamp,
    ) -> Result<Foreseen, String> {
        let city = self.works.registry.city().ok_or("there is no city")?;
        let ready = self.works.in_force.ready(&city);
        let call = foresight::foresee(&ready, asked, by, now);
        let mut alike = Vec::new();
        for id in self.near(&call, &city, audience) {
            let pieces = self.evidence_of(id)?;
            let Some(link) = call.alike(&city, &pieces) else {
                continue;
            };
            if let Some(incident) = self.incident(id)? {
                alike.push((incident, link));
            }
        }
        alike.sort_by_key(|(incident, link)| (std::cmp::Reverse(link.score), incident.id));
        alike.truncate(MOST_ALIKE);
        Ok(Foreseen {
            incident: call.incident,
            alike,
        })
    }
}

impl Reads {
    fn on(&self, layer: Layer) -> Lists {
        Lists::of(&self.works.hub, &[layer])
    }

    /// Open incidents that an audience may see and that lie within reach of a call.
    fn near(&self, call: &foresight::Call, city: &City, audience: &Audience) -> Vec<IncidentId> {
        let Some(here) = call.incident.position else {
            return Vec::new();
        };
        let reach_m = call.reach_m(city);
        let (_, live) = self.live_incidents(audience);
        let mut near: Vec<(f64, IncidentId)> = live
            .iter()
            .filter(|view| view.state.is_open() && view.drill == call.incident.drill)
            .filter_map(|view| Some((here.distance_m(view.position?), view.id)))
            .filter(|(distance_m, _)| *distance_m <= reach_m)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(MOST_COMPARED);
        near.into_iter().map(|(_, id)| id).collect()
    }
}

/// Sessions that outlive the process, beside the records.
pub struct KeptSessions(store::Sessions);

impl KeptSessions {
    pub fn open(folder: &store::Folder) -> Result<Self, String> {
        store::Sessions::open(folder).map(Self).map_err(words)
    }
}

impl SessionKeeper for KeptSessions {
    fn all(&self) -> Vec<KeptSession> {
        match self.0.list(None, wall_clock()) {
            Ok(sessions) => sessions
                .into_iter()
                .map(|session| KeptSession {
                    token_sha256: session.token_sha256,
                    account: session.account,
                    made_at: session.made_at,
                    seen_at: session.seen_at,
                    client: session.client,
                })
                .collect(),
            Err(error) => {
                tracing::error!(%error, "could not read the sessions; people must sign in again");
                Vec::new()
            }
        }
    }

    fn put(&self, session: &KeptSession) {
        let known = self.0.find(&session.token_sha256, session.seen_at);
        let written = match known {
            Ok(Some(known)) => self.0.touch(&known, session.seen_at),
            Ok(None) => self
                .0
                .create(
                    session.token_sha256,
                    &session.account,
                    "",
                    &session.client,
                    session.made_at,
                )
                .map(|_| ()),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::error!(%error, "could not keep a session; it ends with the process");
        }
    }

    fn end(&self, token_sha256: &[u8; 32]) {
        if let Err(error) = self.0.end(token_sha256) {
            tracing::error!(%error, "could not end a kept session");
        }
    }
}
