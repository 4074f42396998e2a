//! Whose data has been kept long enough is erased, and what nobody refers to is removed: in small portions, behind everybody
//! else's back. Each erasure is in the audit log, by its token.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::audit::{Note, What, Who};
use domain::ids::VaultToken;
use domain::time::Timestamp;

use super::followers::until_stopped;
use super::{Works, wall_clock};
use crate::store::{Kept, Looked, Vault};

/// Looked for so often; a look that finds nothing new reads a row or two.
const EVERY: Duration = Duration::from_secs(5);
/// Retention is counted in days.
const DUE_EVERY_MS: i64 = 600_000;
/// At one time; those after it wait for the next look.
const PORTION: usize = 500;
/// How long what was acknowledged may take to be readable.
const SETTLE: Duration = Duration::from_secs(5);

/// What an erasure needs of the city.
pub trait Keeping {
    fn ended_by(&self, moment: Timestamp, most: usize) -> Result<Vec<VaultToken>, String>;
    fn forget(&self, tokens: &[VaultToken]) -> Result<(), String>;
    /// Of some tokens that lie in the vault those that nothing refers to.
    fn unknown(&self, tokens: &[VaultToken]) -> Result<Vec<VaultToken>, String>;
    fn carry_out(&self, kept: Vec<Kept>) -> Result<(), String>;
    fn vault(&self) -> Result<Vault, String>;
}

/// Where the pass has got to.
#[derive(Default)]
pub struct Pass {
    /// Entries of the vault up to here have been held against the records.
    looked_to: i64,
    due_at: Option<Timestamp>,
    /// A key that was erased may still stand in the write-ahead log.
    log_holds_keys: bool,
}

impl Pass {
    /// One look.
    pub fn go(&mut self, city: &impl Keeping, kept_ms: i64, now: Timestamp) -> Result<(), String> {
        let vault = city.vault()?;
        self.remove_unknown(city, &vault)?;
        if self.due_at.is_none_or(|due| now >= due) {
            let portion = city.ended_by(now.plus_millis(-kept_ms), PORTION)?;
            self.erase(city, &portion)?;
            if portion.len() < PORTION {
                self.due_at = Some(now.plus_millis(DUE_EVERY_MS));
            }
        }
        if self.log_holds_keys && vault.empty_log().map_err(|error| error.to_string())? {
            self.log_holds_keys = false;
        }
        Ok(())
    }

    fn erase(&mut self, city: &impl Keeping, tokens: &[VaultToken]) -> Result<(), String> {
        let vault = city.vault()?;
        let mut kept = Vec::new();
        for token in tokens {
            // Records that were made anew know those again who were erased long ago.
            let looked = vault.look(token).map_err(|error| error.to_string())?;
            if !matches!(looked, Looked::Kept(_)) {
                continue;
            }
            let note = Note::new(Who::Server, What::Erase, token, "kept for its time");
            kept.extend([note.into(), Kept::Erased(token.clone())]);
        }
        if !kept.is_empty() {
            let count = kept.len() as u64 / 2;
            city.carry_out(kept)?;
            self.log_holds_keys = true;
            metrics::counter!("gulou_reporters_erased_total").increment(count);
        }
        if tokens.is_empty() {
            return Ok(());
        }
        city.forget(tokens)
    }

    /// Of duplicates, of conflicts, of revisions that came too late: their callers were sealed before that was known.
    fn remove_unknown(&mut self, city: &impl Keeping, vault: &Vault) -> Result<(), String> {
        let kept = vault
            .kept_after(self.looked_to, PORTION)
            .map_err(|error| error.to_string())?;
        let tokens: Vec<VaultToken> = kept.iter().map(|(_, token)| token.clone()).collect();
        let unknown = city.unknown(&tokens)?;
        // Behind those that stay: the places of those that go last are given away again.
        let stays = |(_, token): &&(i64, VaultToken)| !unknown.contains(token);
        let last = kept.iter().rev().find(stays).map(|(place, _)| *place);
        if !unknown.is_empty() {
            let count = unknown.len() as u64;
            city.carry_out(unknown.into_iter().map(Kept::Removed).collect())?;
            self.log_holds_keys = true;
            metrics::counter!("gulou_reporters_removed_total").increment(count);
        }
        self.looked_to = last.unwrap_or(self.looked_to);
        Ok(())
    }
}

impl Keeping for Works {
    fn ended_by(&self, moment: Timestamp, most: usize) -> Result<Vec<VaultToken>, String> {
        self.records
            .reporters_ended_by(moment, most)
            .map_err(|error| error.to_string())
    }

    fn forget(&self, tokens: &[VaultToken]) -> Result<(), String> {
        self.records
            .forget_reporters(tokens)
            .map_err(|error| error.to_string())
    }

    fn unknown(&self, tokens: &[VaultToken]) -> Result<Vec<VaultToken>, String> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        // They lie in the journal with their blocks: once the records have those, what they do not know is nobody's.
        let last = self.journal.last().map_err(|error| error.to_string())?;
        if !self.progress.wait(last.0, SETTLE) {
            return Err("the records are behind".into());
        }
        self.records
            .reporters_unknown(tokens)
            .map_err(|error| error.to_string())
    }

    fn carry_out(&self, kept: Vec<Kept>) -> Result<(), String> {
        self.submitter
            .carry_out_blocking(Vec::new(), kept)
            .map(drop)
            .map_err(|why| format!("{why:?}"))
    }

    fn vault(&self) -> Result<Vault, String> {
        Vault::of(&self.journal).map_err(|error| error.to_string())
    }
}

/// Until the server stops.
pub fn go_on(works: &Arc<Works>, kept_ms: i64, stop: &AtomicBool) {
    let mut pass = Pass::default();
    until_stopped(EVERY, stop, || {
        let done = pass.go(&**works, kept_ms, wall_clock());
        if let Err(why) = done
            && !stop.load(Ordering::Relaxed)
        {
            metrics::counter!("gulou_erasure_failures_total").increment(1);
            tracing::warn!(%why, "what is to be erased waits for the next look");
        }
    });
}

/// Erases one by hand. False: the key is gone from the file, but stays in its log until whoever reads there is done.
pub fn by_hand(city: &impl Keeping, token: &VaultToken) -> Result<bool, String> {
    let note = Note::new(Who::CommandLine, What::Erase, token, "by hand");
    city.carry_out(vec![note.into(), Kept::Erased(token.clone())])?;
    city.vault()?.empty_log().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;
    use crate::store::{AuditReader, Folder, Journal, Reporter, VaultEntry};

    const DAY_MS: i64 = 24 * 3_600_000;

    /// A city of a journal and of what its records say of tokens: when their incident ended.
    struct Small {
        folder: Folder,
        journal: RefCell<Journal>,
        ended: RefCell<BTreeMap<VaultToken, Option<Timestamp>>>,
        _home: tempfile::TempDir,
    }

    impl Small {
        fn new() -> Self {
            let home = tempfile::tempdir().expect("a folder");
            let folder = Folder::open(&home.path().join("data")).expect("opens");
            let (journal, _) = Journal::open(&folder, false).expect("opens");
            Self {
                folder,
                journal: RefCell::new(journal),
                ended: RefCell::default(),
                _home: home,
            }
        }

        fn call(&self) -> VaultToken {
            let caller = Reporter {
                name: "陈女士".into(),
                phone: "13800000000".into(),
                confidential: false,
            };
            let entry = VaultEntry::seal(&caller).expect("sealed");
            let token = entry.token.clone();
            self.carry_out(vec![entry.into()]).expect("kept");
            token
        }

        fn call_of(&self, ended: Option<Timestamp>) -> VaultToken {
            let token = self.call();
            self.ended.borrow_mut().insert(token.clone(), ended);
            token
        }

        fn look(&self, token: &VaultToken) -> &'static str {
            match self.vault().expect("opens").look(token).expect("read") {
                Looked::Unknown => "unknown",
                Looked::Erased => "erased",
                Looked::Kept(_) => "kept",
            }
        }
    }

    impl Keeping for Small {
        fn ended_by(&self, moment: Timestamp, most: usize) -> Result<Vec<VaultToken>, String> {
            let ended = self.ended.borrow();
            let due = ended
                .iter()
                .filter(|(_, ended)| ended.is_some_and(|ended| ended <= moment));
            Ok(due.map(|(token, _)| token.clone()).take(most).collect())
        }

        fn forget(&self, tokens: &[VaultToken]) -> Result<(), String> {
            self.ended
                .borrow_mut()
                .retain(|token, _| !tokens.contains(token));
            Ok(())
        }

        fn unknown(&self, tokens: &[VaultToken]) -> Result<Vec<VaultToken>, String> {
            let ended = self.ended.borrow();
            Ok(tokens
                .iter()
                .filter(|token| !ended.contains_key(*token))
                .cloned()
                .collect())
        }

        fn carry_out(&self, kept: Vec<Kept>) -> Result<(), String> {
            let mut journal = self.journal.borrow_mut();
            let now = Timestamp::from_millis(0);
            journal.keep(&kept, now).map_err(|error| error.to_string())
        }

        fn vault(&self) -> Result<Vault, String> {
            Vault::open(&self.folder).map_err(|error| error.to_string())
        }
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_millis(number * DAY_MS)
    }

    #[test]
    fn a_caller_is_erased_when_his_incident_ended_long_enough_ago() {
        let city = Small::new();
        let open = city.call_of(None);
        let early = city.call_of(Some(day(1)));
        let late = city.call_of(Some(day(30)));
        let mut pass = Pass::default();
        pass.go(&city, 365 * DAY_MS, day(365)).expect("looked");
        assert_eq!(
            [city.look(&open), city.look(&early), city.look(&late)],
            ["kept"; 3]
        );
        pass.go(&city, 365 * DAY_MS, day(366)).expect("looked");
        assert_eq!(
            [city.look(&open), city.look(&early), city.look(&late)],
            ["kept", "erased", "kept"]
        );
        // A restart looks at all of it again, records made anew know of him again, and there is nothing to do.
        city.ended.borrow_mut().insert(early.clone(), Some(day(1)));
        Pass::default()
            .go(&city, 365 * DAY_MS, day(366))
            .expect("looked");
        let log = AuditReader::of(&city.journal.borrow().reader());
        let page = log
            .list(&domain::audit::AuditAsked {
                limit: 9,
                ..Default::default()
            })
            .expect("read");
        let told: Vec<_> = page
            .entries
            .iter()
            .map(|entry| (entry.what, entry.about.as_str()))
            .collect();
        assert_eq!(told, [(What::Erase, early.as_str())]);
        assert!(log.verify(None).expect("looked at").expect("a log").is_ok());
        Pass::default()
            .go(&city, 365 * DAY_MS, day(4_000))
            .expect("looked");
        assert_eq!([city.look(&open), city.look(&late)], ["kept", "erased"]);
    }

    #[test]
    fn what_nobody_refers_to_is_removed_whole() {
        let city = Small::new();
        let mut pass = Pass::default();
        let mine = city.call_of(None);
        let duplicate = city.call();
        pass.go(&city, DAY_MS, day(0)).expect("looked");
        assert_eq!(
            [city.look(&mine), city.look(&duplicate)],
            ["kept", "unknown"]
        );
        let again = city.call();
        pass.go(&city, DAY_MS, day(0)).expect("looked");
        assert_eq!([city.look(&mine), city.look(&again)], ["kept", "unknown"]);
    }

    #[test]
    fn many_are_erased_in_portions_and_none_is_left_behind() {
        let city = Small::new();
        let tokens: Vec<VaultToken> = (0..PORTION * 2 + 1)
            .map(|_| city.call_of(Some(day(1))))
            .collect();
        let left = |city: &Small| {
            tokens
                .iter()
                .filter(|token| city.look(token) == "kept")
                .count()
        };
        let mut pass = Pass::default();
        let mut seen = Vec::new();
        for _ in 0..3 {
            pass.go(&city, DAY_MS, day(9)).expect("looked");
            seen.push(left(&city));
        }
        assert_eq!(seen, [PORTION + 1, 1, 0]);
    }

    #[test]
    fn one_is_erased_by_hand() {
        let city = Small::new();
        let (mine, other) = (city.call_of(None), city.call_of(None));
        assert!(by_hand(&city, &mine).expect("erased"));
        assert_eq!([city.look(&mine), city.look(&other)], ["erased", "kept"]);
    }
}
