//! What stands behind the web where notices are asked for. A trait, so that the web knows neither outbox nor channel.

use std::sync::Arc;

use domain::ids::{AccountName, EndpointId, NoticeId};
use domain::notice::{Endpoint, Notice};
use domain::roster::{DutyPost, Handover, Roster};
use domain::wire::notify::{EndpointView, LetterView, RosterView, SentView};
use tokio::sync::broadcast;

/// A page is held to be open as long as this is.
pub type PageGuard = Box<dyn Send + Sync>;

pub trait NoticeDesk: Send + Sync {
    /// Newest first.
    fn open_for(&self, means: &dyn Fn(&Notice) -> bool) -> Vec<Arc<Notice>>;
    /// Each notice that comes or is over, in order.
    fn follow(&self) -> broadcast::Receiver<Arc<Notice>>;
    fn pages(&self) -> u32;
    fn pages_of(&self, person: &AccountName) -> u32;
    fn page_opened(&self, of: &AccountName) -> PageGuard;
    /// For the log of everything sent.
    fn shown(&self, to: &AccountName, notice: NoticeId);
    /// Newest first.
    fn handovers(&self, of: &dyn Fn(&DutyPost) -> bool) -> Vec<Arc<Handover>>;
    /// Why an address cannot be a receiver's.
    fn check_address(&self, url: &str) -> Result<(), String>;
    fn shown_endpoint(&self, endpoint: &Endpoint) -> EndpointView;
    /// Receivers that are switched on.
    fn receivers(&self) -> Vec<EndpointId>;
    // These may wait for the disk; called on threads that may block.
    fn rosters(&self) -> Result<Vec<RosterView>, String>;
    fn shown_roster(&self, roster: &Roster) -> Result<RosterView, String>;
    fn endpoints(&self) -> Result<Vec<EndpointView>, String>;
    /// As it stood last.
    fn notice(&self, id: NoticeId) -> Result<Option<Notice>, String>;
    fn letters(&self, state: &str, most: usize) -> Result<Vec<LetterView>, String>;
    /// A dead letter is sent again, or discarded; None if there is no such dead letter.
    fn revive(&self, id: &str, again: bool) -> Result<Option<LetterView>, String>;
    fn log(&self, most: usize) -> Result<Vec<SentView>, String>;
}
