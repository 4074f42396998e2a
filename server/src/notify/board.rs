//! What is open now, who is on duty, and the pages that show it. Changed only by what the writer decided, in its order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::account::Actor;
use domain::change::{Change, Stepped};
use domain::ids::{AccountName, EndpointId, HandoverId, NoticeId};
use domain::notice::{Endpoint, Notice};
use domain::picture::Picture;
use domain::roster::{DutyPost, Handover, Roster};
use tokio::sync::broadcast;

use super::{Brought, Channel, Letter};

/// Changes a page may lag; then it is given everything that is open anew.
const LAG: usize = 1_024;

pub struct Board {
    held: Mutex<Held>,
    /// None once the server stops.
    news: Mutex<Option<broadcast::Sender<Arc<Notice>>>>,
}

struct Held {
    open: BTreeMap<NoticeId, Arc<Notice>>,
    rosters: BTreeMap<DutyPost, Arc<Roster>>,
    handovers: BTreeMap<HandoverId, Arc<Handover>>,
    endpoints: BTreeMap<EndpointId, Arc<Endpoint>>,
    /// Pages that each person has open.
    pages: BTreeMap<AccountName, u32>,
}

impl Board {
    pub fn of(picture: &Picture) -> Self {
        let notify = &picture.notify;
        let open = notify.open().map(|notice| (notice.id, notice.clone()));
        metrics::gauge!("gulou_queue_limit", "queue" => "notices")
            .set(domain::notice::MOST_OPEN as f64);
        Self {
            held: Mutex::new(Held {
                open: open.collect(),
                rosters: notify.rosters.clone(),
                handovers: notify.handovers.clone(),
                endpoints: notify.endpoints.clone(),
                pages: BTreeMap::new(),
            }),
            news: Mutex::new(Some(broadcast::channel(LAG).0)),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called by the writer for each block before its givers are answered: an acknowledgement reaches pages with its answer.
    pub fn witness(self: &Arc<Self>, stepped: &Stepped) {
        let mut told = Vec::new();
        {
            let mut held = self.held();
            for change in &stepped.changes {
                match change {
                    Change::Notice(notice) => {
                        if notice.is_open() {
                            held.open.insert(notice.id, notice.clone());
                        } else {
                            held.open.remove(&notice.id);
                        }
                        told.push(notice.clone());
                    }
                    Change::Roster(roster) => {
                        held.rosters.insert(roster.post.clone(), roster.clone());
                    }
                    Change::Handover(one) => _ = held.handovers.insert(one.id, one.clone()),
                    Change::Endpoint(one) => _ = held.endpoints.insert(one.id.clone(), one.clone()),
                    _ => {}
                }
            }
            if !told.is_empty() {
                let open = held.open.len() as f64;
                metrics::gauge!("gulou_queue_depth", "queue" => "notices").set(open);
            }
        }
        let pages = Pages(self.clone());
        for notice in told {
            let state = notice.state.name();
            metrics::counter!("gulou_notices_total", "state" => state).increment(1);
            pages.show(&notice);
        }
    }

    /// Open ones that somebody is meant by, newest first.
    pub fn open_for(&self, means: &dyn Fn(&Notice) -> bool) -> Vec<Arc<Notice>> {
        let held = self.held();
        let meant = held.open.values().rev().filter(|notice| means(notice));
        meant.cloned().collect()
    }

    pub fn notice(&self, id: NoticeId) -> Option<Arc<Notice>> {
        self.held().open.get(&id).cloned()
    }

    fn news(&self) -> MutexGuard<'_, Option<broadcast::Sender<Arc<Notice>>>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of a server that stops: one that ends at once.
    pub fn follow(&self) -> broadcast::Receiver<Arc<Notice>> {
        match &*self.news() {
            Some(news) => news.subscribe(),
            None => broadcast::channel(1).1,
        }
    }

    /// The server stops: pages are told nothing more, and their lines end.
    pub fn end(&self) {
        self.news().take();
    }

    pub fn rosters(&self) -> Vec<Arc<Roster>> {
        self.held().rosters.values().cloned().collect()
    }

    /// Of a post, newest first.
    pub fn handovers(&self, of: &dyn Fn(&DutyPost) -> bool) -> Vec<Arc<Handover>> {
        let held = self.held();
        let all = held.handovers.values().rev();
        all.filter(|one| of(&one.post)).cloned().collect()
    }

    pub fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        self.held().endpoints.values().cloned().collect()
    }

    /// A page is open as long as this is held.
    pub fn page_opened(self: &Arc<Self>, of: &AccountName) -> PageOpen {
        *self.held().pages.entry(of.clone()).or_default() += 1;
        metrics::gauge!("gulou_queue_depth", "queue" => "notice_pages").increment(1);
        PageOpen {
            board: self.clone(),
            of: of.clone(),
        }
    }

    pub fn pages_of(&self, person: &AccountName) -> u32 {
        self.held().pages.get(person).copied().unwrap_or_default()
    }

    pub fn pages(&self) -> u32 {
        self.held().pages.values().sum()
    }
}

pub struct PageOpen {
    board: Arc<Board>,
    of: AccountName,
}

impl Drop for PageOpen {
    fn drop(&mut self) {
        let mut held = self.board.held();
        if let Some(count) = held.pages.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                held.pages.remove(&self.of);
            }
        }
        metrics::gauge!("gulou_queue_depth", "queue" => "notice_pages").decrement(1);
    }
}

/// The pages that are open.
pub struct Pages(pub Arc<Board>);

impl Pages {
    fn show(&self, notice: &Arc<Notice>) -> usize {
        // Nobody may be there.
        let news = self.0.news();
        let told = news.as_ref().map(|news| news.send(notice.clone()));
        told.and_then(Result::ok).unwrap_or_default()
    }
}

impl Channel for Pages {
    fn name(&self) -> &'static str {
        "page"
    }

    fn bring(&self, letter: &Letter) -> Brought {
        match self.0.notice(letter.notice) {
            Some(notice) => Brought::Taken(format!("{} pages", self.show(&notice))),
            None => Brought::Gone("it is over".into()),
        }
    }
}

/// Whether somebody is meant, or may look all the same: the auditor reads all.
pub fn means(notice: &Notice, actor: &Actor) -> bool {
    notice.to.means(actor) || actor.role() == Some(domain::account::Role::Auditor)
}
