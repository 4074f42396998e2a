//! Asks again and again whether those who look still may. On a thread of its own: an answer may have to wait for a disk, and
//! whoever is told twenty times a second must not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};

use domain::policy::Audience;
use mio::Waker;

use crate::stream::serve::{RIGHT_EVERY, Right};

/// One viewer's right, and how he is told that it is over.
pub struct Lease {
    pub right: Box<dyn Right>,
    pub audience: Audience,
    pub over: Arc<AtomicBool>,
}

impl Lease {
    /// False when there is nothing more to ask: he has gone, or it is over.
    fn holds(&self) -> bool {
        if Arc::strong_count(&self.over) == 1 {
            return false;
        }
        let holds = self.right.audience().as_ref() == Some(&self.audience);
        self.over.store(!holds, Ordering::Relaxed);
        holds
    }
}

/// Leases that nobody has looked at yet. Nobody is woken for one: it is asked at its next turn.
pub type Fresh = Arc<Mutex<Vec<Lease>>>;

pub struct Watch {
    pub _alive: (Arc<()>, Arc<()>),
    pub fresh: Fresh,
    /// Its other end is dropped when nobody can come any more.
    pub open: Receiver<()>,
    /// Told to those who hold the viewers.
    pub some_over: Arc<AtomicBool>,
    pub hall: Arc<Waker>,
}

impl Watch {
    /// Until nobody can come any more.
    pub fn go_on(self) {
        let mut leases: Vec<Lease> = Vec::new();
        while let Err(RecvTimeoutError::Timeout) = self.open.recv_timeout(RIGHT_EVERY) {
            leases.append(&mut self.fresh.lock().unwrap_or_else(PoisonError::into_inner));
            let before = leases.len();
            leases.retain(Lease::holds);
            if leases.len() < before {
                self.some_over.store(true, Ordering::Release);
                if self.hall.wake().is_err() {
                    return;
                }
            }
        }
    }
}
