//! What connects doors to the writer: the feeds' gate, the journal as the writer's ledger, and the demonstration's way in.

use std::sync::Arc;

use domain::account::{Account, AccountChange, FeedKey};
use domain::change::Outcome;
use domain::city::City;
use domain::command::{Block, Input};
use domain::ids::{AccountName, KeyId, VaultToken};
use domain::time::Timestamp;
use sha2::{Digest, Sha256};

use super::{Failure, Works, wall_clock};
use crate::demo;
use crate::ingest;
use crate::single_writer::{self, Ledger, LedgerError};
use crate::store::{Journal, Kept, Reporter, VaultEntry};
use crate::web::{hash_password, random_token};

/// The journal, as the writer sees it.
pub struct JournalLedger(pub Journal);

impl Ledger<Kept> for JournalLedger {
    fn append(&mut self, block: &Block, kept: &[Kept]) -> Result<(), LedgerError> {
        self.0
            .append(block, kept)
            .map_err(|error| LedgerError(error.to_string()))
    }

    fn keep(&mut self, kept: &[Kept], now: Timestamp) -> Result<(), LedgerError> {
        self.0
            .keep(kept, now)
            .map_err(|error| LedgerError(error.to_string()))
    }
}

/// What stands behind the feeds' door.
pub struct Gate(pub Arc<Works>);

impl ingest::door::Gate for Gate {
    type Sealed = Kept;

    fn now(&self) -> Timestamp {
        wall_clock()
    }

    fn city(&self) -> Arc<City> {
        self.0.registry.city().expect("a server starts with a city")
    }

    fn key(&self, secret_sha256: &[u8; 32]) -> Option<ingest::door::KeyRight> {
        let key = self
            .0
            .registry
            .key(secret_sha256)
            .filter(|key| !key.revoked)?;
        Some(ingest::door::KeyRight {
            source_glob: key.source_glob.clone(),
        })
    }

    fn seal(
        &self,
        reporter: &ingest::reporter::Reporter,
    ) -> Result<(VaultToken, Kept), ingest::door::NotTaken> {
        let kept = Reporter {
            name: reporter.name.clone(),
            phone: reporter.phone.clone(),
            confidential: reporter.confidential,
        };
        let entry = VaultEntry::seal(&kept)
            .map_err(|error| ingest::door::NotTaken::Unavailable(error.to_string()))?;
        Ok((entry.token.clone(), entry.into()))
    }

    async fn carry_out(
        &self,
        inputs: Vec<Input>,
        sealed: Vec<Kept>,
    ) -> Result<Vec<Outcome>, ingest::door::NotTaken> {
        match self.0.submitter.carry_out(inputs, sealed).await {
            Ok(answer) => Ok(answer.outcomes),
            Err(single_writer::NotTaken::Full) => Err(ingest::door::NotTaken::Full),
            Err(single_writer::NotTaken::Unavailable(why)) => {
                Err(ingest::door::NotTaken::Unavailable(why))
            }
        }
    }
}

/// The secret of a new key and what is kept of it.
pub fn new_key(source_glob: &str, read: bool, note: &str) -> Result<(String, FeedKey), String> {
    let secret = format!("gk_{}", random_token()?);
    let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    let name: String = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let id = KeyId::new(&name).map_err(|error| error.to_string())?;
    let key = FeedKey {
        id,
        secret_sha256: digest,
        source_glob: source_glob.to_owned(),
        read,
        note: note.to_owned(),
        revoked: false,
        made_at: wall_clock(),
    };
    Ok((secret, key))
}

/// The keys of one start of the demonstration.
pub struct DemoKeys {
    /// For the player of the demonstration.
    pub player: String,
    /// For whoever wants to send something of his own.
    pub visitor: String,
}

/// Puts the demonstration's accounts in, and makes its keys; those of an earlier start are revoked.
pub async fn prepare_demo(works: &Works, city: &City) -> Result<DemoKeys, Failure> {
    const NOTE: &str = "demonstration feeds (演示)";
    let mut inputs: Vec<Input> = works
        .registry
        .keys()
        .iter()
        .filter(|key| key.note == NOTE && !key.revoked)
        .map(|key| Input::Account(Box::new(AccountChange::RevokeKey(key.id.clone()))))
        .collect();
    for person in demo::accounts() {
        let Ok(name) = AccountName::new(person.name) else {
            continue;
        };
        let known_department = person
            .department
            .as_ref()
            .is_none_or(|id| city.departments.contains_key(id));
        if works.registry.account(&name).is_some() || !known_department {
            continue;
        }
        let password = person.password;
        let hash = tokio::task::spawn_blocking(move || hash_password(password))
            .await
            .map_err(|error| error.to_string())??;
        inputs.push(Input::Account(Box::new(AccountChange::PutAccount(
            Account {
                name,
                role: person.role,
                department: person.department,
                town: person.town,
                password_hash: hash,
                disabled: false,
                demo: true,
            },
        ))));
    }
    let (player, key) = new_key("demo-*", true, NOTE)?;
    inputs.push(Input::Account(Box::new(AccountChange::PutKey(key))));
    let (visitor, key) = new_key("*", true, NOTE)?;
    inputs.push(Input::Account(Box::new(AccountChange::PutKey(key))));
    works
        .submitter
        .carry_out(inputs, Vec::new())
        .await
        .map_err(|why| {
            Failure(format!(
                "failed to make the demonstration's accounts: {why:?}"
            ))
        })?;
    Ok(DemoKeys { player, visitor })
}
