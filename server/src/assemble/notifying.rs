//! Joins notices, the outbox and the channels: letters are sent as they fall due, pages are told at once, and the server itself says
//! where nobody on duty can be reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use domain::account::Actor;
use domain::change::{Change, Stepped};
use domain::command::Input;
use domain::ids::{AccountName, EndpointId, NoticeId};
use domain::notice::{About, Endpoint, Notice, NotifyCommand, NotifyGiven, Reason, shown};
use domain::roster::{Channel as How, DutyPost, Handover, Roster, Shift};
use domain::time::Timestamp;
use domain::wire::notify::{EndpointView, LetterView, RosterView, SentView};
use tokio::sync::{Notify, broadcast};

use super::followers::Keeps;
use super::{Works, wall_clock};
use crate::notify::webhook::Lines;
use crate::notify::{Board, Brought, Channel, Letter, Secret, address};
use crate::store::outbox::{Answer, LetterRow, Queue};
use crate::store::{Outbox, StoreError};
use crate::web::{NoticeDesk, PageGuard};

/// Letters on their way to one receiver at one time.
const AT_ONCE: usize = 4;
const LOOKS: Duration = Duration::from_millis(100);
/// Pages that showed something, written down together.
const SHOWN_QUEUE: usize = 10_000;
const REACH_LOOKS: Duration = Duration::from_secs(5);
/// So often it must be so before anybody is told.
const REACH_CONFIRMED: u32 = 2;
/// A receiver that has failed for so long is no channel any more.
const FAILING_MS: i64 = 10 * 60_000;

impl Keeps for Outbox {
    const NAME: &'static str = "outbox";
    const MOST_BEHIND: usize = 50_000;

    fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        Outbox::apply(self, stepped)
    }

    fn kept_of(stepped: &Stepped) -> usize {
        let kept = |change: &&Change| matches!(change, Change::Notice(_) | Change::Endpoint(_));
        stepped.changes.iter().filter(kept).count()
    }
}

/// As a receiver reads it.
pub fn wording(notice: &Notice) -> String {
    let kind = match notice.is_open() {
        true => "notice.opened",
        false => "notice.over",
    };
    let view = shown::notice(notice);
    let timestamp = view.over_at.unwrap_or(view.at);
    serde_json::json!({ "type": kind, "timestamp": timestamp, "data": view }).to_string()
}

type Shown = (Timestamp, String, NoticeId);

pub struct Notifying {
    pub board: Arc<Board>,
    pub outbox: Arc<Outbox>,
    lines: Lines,
    allowed: address::Allowed,
    key: String,
    /// Something may have fallen due.
    pub stir: Arc<Notify>,
    shown: SyncSender<Shown>,
}

impl Notifying {
    /// With the thread that writes down what pages showed.
    pub fn new(
        board: Arc<Board>,
        outbox: Arc<Outbox>,
        allowed: address::Allowed,
        key: String,
    ) -> Self {
        let (shown, to_write) = sync_channel::<Shown>(SHOWN_QUEUE);
        metrics::gauge!("gulou_queue_limit", "queue" => "shown").set(SHOWN_QUEUE as f64);
        let writing = outbox.clone();
        // Ends with the last who could send.
        std::thread::spawn(move || {
            while let Ok(first) = to_write.recv() {
                let mut all = vec![first];
                all.extend(to_write.try_iter().take(1_000));
                if let Err(error) = writing.shown(&all) {
                    tracing::error!(%error, "what pages showed is not in the log");
                }
            }
        });
        Self {
            board,
            outbox,
            lines: Lines::new(allowed.clone()),
            allowed,
            key,
            stir: Arc::default(),
            shown,
        }
    }

    pub fn witness(&self, stepped: &Stepped) {
        self.board.witness(stepped);
        if Outbox::kept_of(stepped) > 0 {
            self.stir.notify_one();
        }
    }

    fn secret(&self, endpoint: &EndpointId, generation: u32) -> Secret {
        Secret::of(self.key.as_bytes(), endpoint.as_str(), generation)
    }
}

/// Sends letters as they fall due, until it is dropped.
pub async fn send_letters(notifying: Arc<Notifying>) {
    let mut on_their_way: BTreeMap<EndpointId, Arc<tokio::sync::Semaphore>> = BTreeMap::new();
    let mut let_go_at = wall_clock();
    loop {
        let _ = tokio::time::timeout(LOOKS, notifying.stir.notified()).await;
        let asked = notifying.clone();
        let look = tokio::task::spawn_blocking(move || asked.outbox.due(wall_clock())).await;
        let due = match look {
            Ok(Ok(due)) => due,
            Ok(Err(error)) => {
                tracing::error!(%error, "the outbox could not be read; trying on");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            Err(_) => continue,
        };
        for (endpoint, url, generation) in due {
            let places = on_their_way
                .entry(endpoint.clone())
                .or_insert_with(|| Arc::new(tokio::sync::Semaphore::new(AT_ONCE)));
            let free = places.available_permits();
            if free == 0 {
                continue;
            }
            let asked = notifying.clone();
            let of = endpoint.clone();
            let handed =
                tokio::task::spawn_blocking(move || asked.outbox.hand_out(&of, wall_clock(), free));
            let Ok(Ok(letters)) = handed.await else {
                continue;
            };
            for letter in letters {
                let Ok(place) = places.clone().acquire_owned().await else {
                    continue;
                };
                let (sending, url) = (notifying.clone(), url.clone());
                let secret = notifying.secret(&endpoint, generation);
                tokio::task::spawn_blocking(move || {
                    sending.send(&letter, &url, secret);
                    drop(place);
                    sending.stir.notify_one();
                });
            }
        }
        let now = wall_clock();
        if now.since(let_go_at) > 600_000 {
            let_go_at = now;
            let asked = notifying.clone();
            let gone = tokio::task::spawn_blocking(move || asked.outbox.let_go(now)).await;
            if let Ok(Err(error)) = gone {
                tracing::error!(%error, "old letters could not be let go of");
            }
        }
    }
}

impl Notifying {
    fn send(&self, row: &LetterRow, url: &str, secret: Secret) {
        // It may have been acknowledged since it was handed out.
        if !self.outbox.is_wanted(&row.id).unwrap_or(true) {
            return;
        }
        let letter = Letter {
            id: row.id.clone(),
            notice: row.notice,
            payload: row.payload.as_str().into(),
            sent_at: wall_clock(),
        };
        let webhook = self.lines.to(url, secret);
        let begun = std::time::Instant::now();
        let (answer, outcome) = match webhook.bring(&letter) {
            Brought::Taken(words) => (Answer::Taken(words), "taken"),
            Brought::Failed(words) => (Answer::Failed(words), "failed"),
            Brought::Gone(words) => (Answer::Gone(words), "gone"),
        };
        let channel = webhook.name();
        metrics::histogram!("gulou_send_seconds", "channel" => channel)
            .record(begun.elapsed().as_secs_f64());
        metrics::counter!("gulou_sends_total", "channel" => channel, "outcome" => outcome)
            .increment(1);
        if let Err(error) = self.outbox.tried(row, &answer, wall_clock()) {
            tracing::error!(%error, letter = row.id, "what came of a letter is not written down; it is sent again");
        }
    }
}

/// Looks again and again whether those on duty can be reached, and has it journalled when that changes.
pub async fn watch_posts(works: Arc<Works>) {
    let mut unreached: BTreeMap<DutyPost, u32> = BTreeMap::new();
    loop {
        tokio::time::sleep(REACH_LOOKS).await;
        let asked = works.clone();
        let looked = tokio::task::spawn_blocking(move || look_at_posts(&asked)).await;
        let Ok(Some(looked)) = looked else {
            continue;
        };
        for (post, reached, is_told) in looked {
            let count = unreached.entry(post.clone()).or_default();
            *count = if reached { 0 } else { *count + 1 };
            let differs = reached == is_told;
            if !differs || (!reached && *count < REACH_CONFIRMED) {
                continue;
            }
            let what = NotifyCommand::Reached { post, reached };
            let given = NotifyGiven {
                id: None,
                by: Actor::Machine,
                what,
            };
            let inputs = vec![Input::Notify(Box::new(given))];
            if let Err(why) = works.submitter.carry_out(inputs, Vec::new()).await {
                tracing::warn!(?why, "who can be reached is not written down yet");
            }
        }
    }
}

/// Each post, whether somebody there is reached, and whether it has been said that nobody is.
fn look_at_posts(works: &Works) -> Option<Vec<(DutyPost, bool, bool)>> {
    let notifying = &works.notifying;
    let now = wall_clock();
    let queues = notifying.outbox.queues().ok()?;
    let board = &notifying.board;
    let open = board.open_for(&|_| true);
    let waits: BTreeSet<DutyPost> = open.iter().filter_map(|notice| notice.to.post()).collect();
    let told: BTreeSet<DutyPost> = open
        .iter()
        .filter_map(|notice| match (&notice.about, notice.reason) {
            (About::Post(post), Reason::NobodyReached) => Some(post.clone()),
            _ => None,
        })
        .collect();
    let mut looked = Vec::new();
    for roster in board.rosters() {
        let mut on_duty = roster.on_duty(now).peekable();
        let is_manned = on_duty.peek().is_some();
        let reached = on_duty.any(|shift| notifying.reaches(&queues, shift, now));
        // Where nobody is on duty and nothing waits, nobody is missed.
        let fine = reached || (!is_manned && !waits.contains(&roster.post));
        looked.push((roster.post.clone(), fine, told.contains(&roster.post)));
    }
    Some(looked)
}

impl NoticeDesk for Notifying {
    fn open_for(&self, means: &dyn Fn(&Notice) -> bool) -> Vec<Arc<Notice>> {
        self.board.open_for(means)
    }

    fn follow(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.board.follow()
    }

    fn pages(&self) -> u32 {
        self.board.pages()
    }

    fn pages_of(&self, person: &AccountName) -> u32 {
        self.board.pages_of(person)
    }

    fn page_opened(&self, of: &AccountName) -> PageGuard {
        Box::new(self.board.page_opened(of))
    }

    fn shown(&self, to: &AccountName, notice: NoticeId) {
        let shown = (wall_clock(), to.to_string(), notice);
        if let Err(TrySendError::Full(_)) = self.shown.try_send(shown) {
            metrics::counter!("gulou_shown_dropped_total").increment(1);
        }
        metrics::counter!("gulou_sends_total", "channel" => "page", "outcome" => "taken")
            .increment(1);
    }

    fn rosters(&self) -> Result<Vec<RosterView>, String> {
        let queues = self.outbox.queues().map_err(|error| error.to_string())?;
        let rosters = self.board.rosters();
        let shown = rosters.iter().map(|one| self.roster(&queues, one));
        Ok(shown.collect())
    }

    fn shown_roster(&self, roster: &Roster) -> Result<RosterView, String> {
        let queues = self.outbox.queues().map_err(|error| error.to_string())?;
        Ok(self.roster(&queues, roster))
    }

    fn receivers(&self) -> Vec<EndpointId> {
        let endpoints = self.board.endpoints();
        let on = endpoints.iter().filter(|endpoint| endpoint.enabled);
        on.map(|endpoint| endpoint.id.clone()).collect()
    }

    fn handovers(&self, of: &dyn Fn(&DutyPost) -> bool) -> Vec<Arc<Handover>> {
        self.board.handovers(of)
    }

    fn endpoints(&self) -> Result<Vec<EndpointView>, String> {
        let queues = self.outbox.queues().map_err(|error| error.to_string())?;
        let endpoints = self.board.endpoints();
        let shown = endpoints.iter().map(|endpoint| {
            let queue = queues.iter().find(|queue| queue.endpoint == endpoint.id);
            self.endpoint(endpoint, queue)
        });
        Ok(shown.collect())
    }

    fn shown_endpoint(&self, endpoint: &Endpoint) -> EndpointView {
        self.endpoint(endpoint, None)
    }

    fn check_address(&self, url: &str) -> Result<(), String> {
        address::check(url, &self.allowed)
    }

    fn notice(&self, id: NoticeId) -> Result<Option<Notice>, String> {
        self.outbox.notice(id).map_err(|error| error.to_string())
    }

    fn letters(&self, state: &str, most: usize) -> Result<Vec<LetterView>, String> {
        let letters = self.outbox.letters(state, most);
        let letters = letters.map_err(|error| error.to_string())?;
        Ok(letters.into_iter().map(letter).collect())
    }

    fn revive(&self, id: &str, again: bool) -> Result<Option<LetterView>, String> {
        let revived = self.outbox.revive(id, again, wall_clock());
        self.stir.notify_one();
        Ok(revived.map_err(|error| error.to_string())?.map(letter))
    }

    fn log(&self, most: usize) -> Result<Vec<SentView>, String> {
        let log = self.outbox.log(most).map_err(|error| error.to_string())?;
        let shown = log.into_iter().map(|row| SentView {
            at: row.at,
            channel: row.channel,
            receiver: row.receiver,
            letter: row.letter,
            attempt: row.attempt,
            answer: row.answer,
        });
        Ok(shown.collect())
    }
}

impl Notifying {
    /// Whether a notice reaches somebody on duty now, by any of his channels.
    fn reaches(&self, queues: &[Queue], shift: &Shift, now: Timestamp) -> bool {
        let works = |id: &EndpointId| {
            let queue = queues.iter().find(|queue| queue.endpoint == *id);
            queue.is_some_and(|queue| {
                let failing = queue
                    .failing_since
                    .is_some_and(|since| now.since(since) > FAILING_MS);
                queue.enabled && !failing
            })
        };
        shift.channels.iter().any(|how| match how {
            How::Page => self.board.pages_of(&shift.person) > 0,
            How::Webhook(id) => works(id),
        })
    }

    fn roster(&self, queues: &[Queue], roster: &Roster) -> RosterView {
        let now = wall_clock();
        shown::roster(roster, now, |shift| self.reaches(queues, shift, now))
    }

    fn endpoint(&self, endpoint: &Endpoint, queue: Option<&Queue>) -> EndpointView {
        EndpointView {
            id: endpoint.id.clone(),
            url: endpoint.url.clone(),
            note: endpoint.note.clone(),
            least: endpoint.least,
            posts: endpoint.posts.clone(),
            enabled: endpoint.enabled,
            secret: self.secret(&endpoint.id, endpoint.generation).said(),
            waiting: queue.map_or(0, |queue| queue.waiting),
            dead: queue.map_or(0, |queue| queue.dead),
            last_ok_at: queue.and_then(|queue| queue.last_ok_at),
            failing_since: queue.and_then(|queue| queue.failing_since),
            by: endpoint.by.clone(),
            at: endpoint.at,
        }
    }
}

fn letter(row: LetterRow) -> LetterView {
    LetterView {
        id: row.id,
        endpoint: row.endpoint,
        notice: row.notice,
        made_at: row.made_at,
        due_at: row.due_at,
        tries: row.tries,
        state: row.state,
        answer: row.answer,
    }
}
