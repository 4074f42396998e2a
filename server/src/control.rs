//! The control socket: how the command line speaks to a running server, and does the same work itself where none runs.
//! Only the owner of the data folder can reach it (mode 0600). A change is an ordinary journalled input.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::account::{Account, AccountChange, FeedKey, Role};
use domain::audit::{Note, What, Who};
use domain::change::Outcome;
use domain::command::Input;
use domain::ids::{AccountName, KeyId, VaultToken};
use domain::picture::Picture;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::assemble::{
    Failure, Keeping, Recovered, Works, erase_by_hand, recover, replay, wall_clock,
};
use crate::single_writer::Machine;
use crate::store::{
    Folder, Journal, JournalReader, Kept, Looked, Manifest, Vault, backup, picture_digest,
};

/// A request is one line; longer is not one of ours.
const LONGEST_REQUEST: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    Change(AccountChange),
    Accounts,
    Keys,
    Digest {
        from_journal: bool,
    },
    Backup {
        to: PathBuf,
    },
    WallToken(AccountName),
    /// Destroys what is known of a caller.
    Erase(VaultToken),
    /// A day of the journal is about to be written into a file.
    Export {
        what: String,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    Done,
    Accounts(Vec<AccountLine>),
    Keys(Vec<KeyLine>),
    Digest { position: u64, sha256: String },
    BackedUp { position: u64 },
    Token(String),
    Failed(String),
}

/// An account without its secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountLine {
    pub name: String,
    pub role: Role,
    pub department: Option<String>,
    pub town: Option<String>,
    pub disabled: bool,
}

/// A key without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyLine {
    pub id: String,
    pub source_glob: String,
    pub read: bool,
    pub note: String,
    pub revoked: bool,
    pub made_at: Timestamp,
}

impl From<&Account> for AccountLine {
    fn from(account: &Account) -> Self {
        Self {
            name: account.name.to_string(),
            role: account.role,
            department: account.department.as_ref().map(ToString::to_string),
            town: account.town.as_ref().map(ToString::to_string),
            disabled: account.disabled,
        }
    }
}

impl From<&FeedKey> for KeyLine {
    fn from(key: &FeedKey) -> Self {
        Self {
            id: key.id.to_string(),
            source_glob: key.source_glob.clone(),
            read: key.read,
            note: key.note.clone(),
            revoked: key.revoked,
            made_at: key.made_at,
        }
    }
}

/// What a change names must be there.
fn check(
    change: &AccountChange,
    known_account: impl Fn(&AccountName) -> bool,
    known_key: impl Fn(&KeyId) -> bool,
) -> Result<(), String> {
    match change {
        AccountChange::PutAccount(account) if known_account(&account.name) => {
            Err(format!("there is an account \"{}\" already", account.name))
        }
        AccountChange::DisableAccount(name) | AccountChange::SetPassword { name, .. }
            if !known_account(name) =>
        {
            Err(format!("there is no account \"{name}\""))
        }
        AccountChange::PutAccount(account) if account.name.as_str().starts_with('@') => Err(
            "a name does not begin with \"@\": the audit log calls those so who are no account"
                .into(),
        ),
        AccountChange::RevokeKey(id) if !known_key(id) => Err(format!("there is no key \"{id}\"")),
        _ => Ok(()),
    }
}

fn outcome(outcomes: &[Outcome]) -> Reply {
    match outcomes.first() {
        Some(Outcome::Taken) => Reply::Done,
        Some(Outcome::Refused(why)) => Reply::Failed(why.clone()),
        _ => Reply::Failed("the server gave no answer to the change".into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest_of(picture: &Picture) -> Reply {
    Reply::Digest {
        position: picture.block.0,
        sha256: hex(&picture_digest(picture)),
    }
}

/// The digest of a Picture stepped from the journal's first block on, up to one position.
fn digest_from_journal(reader: &JournalReader) -> Result<Reply, String> {
    let mut machine = Machine::of(Picture::empty());
    replay(&mut machine, reader, |_| Ok(())).map_err(|error| error.0)?;
    Ok(digest_of(machine.picture()))
}

fn backed_up(done: Result<Manifest, crate::store::StoreError>) -> Reply {
    match done {
        Ok(manifest) => Reply::BackedUp {
            position: manifest.last.0,
        },
        Err(error) => Reply::Failed(error.to_string()),
    }
}

/// The token of a wall that stands in the hall; see `web::wall_token`.
fn token_of(account: Option<&Account>, name: &AccountName) -> Reply {
    match account.map(crate::web::wall_token) {
        Some(Ok(token)) => Reply::Token(token),
        Some(Err(why)) => Reply::Failed(why),
        None => Reply::Failed(format!("there is no account \"{name}\"")),
    }
}

// --- the server's side ---

/// Opens the socket; the task ends with the server.
pub fn listen(works: Arc<Works>) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let path = works.data.join("control.sock");
    if path.exists() {
        // The folder is ours alone, so it is the leftover of a server that was killed.
        std::fs::remove_file(&path)
            .map_err(|error| format!("failed to remove {}: {error}", path.display()))?;
    }
    let listener = UnixListener::bind(&path)
        .map_err(|error| format!("failed to open {}: {error}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .map_err(|error| format!("failed to close {} to others: {error}", path.display()))?;
    Ok(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(attend(works.clone(), stream));
        }
    }))
}

async fn attend(works: Arc<Works>, mut stream: tokio::net::UnixStream) {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut limited = tokio::io::BufReader::new(read.take(LONGEST_REQUEST));
    if limited.read_line(&mut line).await.is_err() {
        return;
    }
    let reply = match serde_json::from_str::<Request>(&line) {
        Err(error) => Reply::Failed(format!("the request was not understood: {error}")),
        Ok(request) => {
            match tokio::task::spawn_blocking(move || carry_out(&works, request)).await {
                Ok(reply) => reply,
                Err(error) => Reply::Failed(format!("the request was broken off: {error}")),
            }
        }
    };
    let mut text = serde_json::to_string(&reply).unwrap_or_default();
    text.push('\n');
    // Whoever asked may have gone away.
    let _gone = write.write_all(text.as_bytes()).await;
}

fn carry_out(works: &Works, request: Request) -> Reply {
    match request {
        Request::Change(change) => {
            let registry = &works.registry;
            let known = check(
                &change,
                |name| registry.account(name).is_some(),
                |id| registry.keys().iter().any(|key| key.id == *id),
            );
            if let Err(why) = known {
                return Reply::Failed(why);
            }
            match works
                .submitter
                .carry_out_blocking(vec![Input::Account(Box::new(change))], Vec::new())
            {
                Ok(answer) => outcome(&answer.outcomes),
                Err(why) => Reply::Failed(format!("nothing was changed: {why:?}")),
            }
        }
        Request::Accounts => Reply::Accounts(
            works
                .registry
                .accounts()
                .iter()
                .map(|account| account.as_ref().into())
                .collect(),
        ),
        Request::Keys => Reply::Keys(
            works
                .registry
                .keys()
                .iter()
                .map(|key| key.as_ref().into())
                .collect(),
        ),
        Request::Digest {
            from_journal: false,
        } => match works.submitter.picture_blocking() {
            Ok(picture) => digest_of(&picture),
            Err(why) => Reply::Failed(format!("{why:?}")),
        },
        Request::Digest { from_journal: true } => {
            digest_from_journal(&works.journal).unwrap_or_else(Reply::Failed)
        }
        Request::WallToken(name) => token_of(works.registry.account(&name).as_deref(), &name),
        Request::Backup { to } => match note(works, backup_note()) {
            Ok(()) => backed_up(backup(&works.journal, &works.snapshots, &to, wall_clock())),
            Err(why) => Reply::Failed(why),
        },
        Request::Erase(token) => erased(works, &token),
        Request::Export { what } => match note(works, export_note(&what)) {
            Ok(()) => Reply::Done,
            Err(why) => Reply::Failed(why),
        },
    }
}

/// Into the audit log, durable before what it tells of is done.
fn note(works: &Works, note: Note) -> Result<(), String> {
    works
        .submitter
        .carry_out_blocking(Vec::new(), vec![note.into()])
        .map(drop)
        .map_err(|why| format!("nothing was done: the audit log cannot be written ({why:?})"))
}

fn erased(city: &impl Keeping, token: &VaultToken) -> Reply {
    let looked = match city.vault().map(|vault| vault.look(token)) {
        Ok(Ok(looked)) => looked,
        Ok(Err(error)) => return Reply::Failed(error.to_string()),
        Err(why) => return Reply::Failed(why),
    };
    if looked == Looked::Unknown {
        return Reply::Failed(format!("there is nothing in the vault under \"{token}\""));
    }
    // Once more where it is erased already: an earlier try may have left the key in the log.
    match erase_by_hand(city, token) {
        Ok(true) => Reply::Done,
        Ok(false) => Reply::Failed(
            "the key is destroyed, but stands in the journal's log until whoever reads the journal just now (a backup?) is done: run this again then"
                .into(),
        ),
        Err(why) => Reply::Failed(why),
    }
}

fn backup_note() -> Note {
    Note::new(Who::CommandLine, What::Backup, "", "asked for")
}

fn export_note(what: &str) -> Note {
    Note::new(Who::CommandLine, What::Export, "", what)
}

// --- the command line's side ---

/// Asks the server of a data folder, or does it here when none runs.
pub fn ask(data: &Path, request: Request) -> Result<Reply, Failure> {
    let socket = data.join("control.sock");
    match UnixStream::connect(&socket) {
        Ok(stream) => speak(stream, &request),
        Err(_) => alone(data, request),
    }
}

fn speak(mut stream: UnixStream, request: &Request) -> Result<Reply, Failure> {
    let failed =
        |error: std::io::Error| Failure(format!("the running server did not answer: {error}"));
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let mut line = serde_json::to_string(request).map_err(|error| Failure(error.to_string()))?;
    line.push('\n');
    stream.write_all(line.as_bytes()).map_err(failed)?;
    let mut answer = String::new();
    BufReader::new(stream)
        .read_line(&mut answer)
        .map_err(failed)?;
    serde_json::from_str(&answer).map_err(|error| {
        Failure(format!(
            "the running server's answer was not understood: {error}"
        ))
    })
}

fn alone(data: &Path, request: Request) -> Result<Reply, Failure> {
    if let Request::Digest { .. }
    | Request::Backup { .. }
    | Request::Export { .. }
    | Request::Erase(_) = request
        && !data.is_dir()
    {
        return Err(Failure(format!("{} is not a data folder", data.display())));
    }
    if let Request::Export { what } = &request {
        // Nothing need be stepped for it.
        let folder = Folder::open(data).map_err(|error| error.to_string())?;
        let (mut journal, _) = Journal::open(&folder, false).map_err(|error| error.to_string())?;
        return keep_alone(&mut journal, export_note(what)).map(|()| Reply::Done);
    }
    let mut recovered = recover(data, false)?;
    Ok(match request {
        Request::Change(change) => change_alone(&mut recovered, change)?,
        Request::Accounts => Reply::Accounts(
            recovered
                .machine
                .picture()
                .accounts
                .values()
                .map(|account| account.as_ref().into())
                .collect(),
        ),
        Request::Keys => Reply::Keys(
            recovered
                .machine
                .picture()
                .keys
                .values()
                .map(|key| key.as_ref().into())
                .collect(),
        ),
        Request::Digest {
            from_journal: false,
        } => digest_of(recovered.machine.picture()),
        Request::Digest { from_journal: true } => digest_from_journal(&recovered.journal.reader())?,
        Request::WallToken(name) => {
            let account = recovered.machine.picture().accounts.get(&name);
            token_of(account.map(AsRef::as_ref), &name)
        }
        Request::Backup { to } => {
            keep_alone(&mut recovered.journal, backup_note())?;
            backed_up(backup(
                &recovered.journal.reader(),
                &recovered.snapshots,
                &to,
                wall_clock(),
            ))
        }
        Request::Erase(token) => erased(&Alone(RefCell::new(recovered)), &token),
        Request::Export { .. } => Reply::Done,
    })
}

/// A city without a server, for what is erased by hand.
struct Alone(RefCell<Recovered>);

impl Keeping for Alone {
    fn ended_by(&self, moment: Timestamp, most: usize) -> Result<Vec<VaultToken>, String> {
        let found = self.0.borrow().records.reporters_ended_by(moment, most);
        found.map_err(|error| error.to_string())
    }

    fn forget(&self, tokens: &[VaultToken]) -> Result<(), String> {
        let forgotten = self.0.borrow().records.forget_reporters(tokens);
        forgotten.map_err(|error| error.to_string())
    }

    fn unknown(&self, tokens: &[VaultToken]) -> Result<Vec<VaultToken>, String> {
        let found = self.0.borrow().records.reporters_unknown(tokens);
        found.map_err(|error| error.to_string())
    }

    fn carry_out(&self, kept: Vec<Kept>) -> Result<(), String> {
        let journal = &mut self.0.borrow_mut().journal;
        let now = wall_clock().max(journal.last_now());
        journal.keep(&kept, now).map_err(|error| error.to_string())
    }

    fn vault(&self) -> Result<Vault, String> {
        Vault::open(&self.0.borrow().folder).map_err(|error| error.to_string())
    }
}

fn keep_alone(journal: &mut Journal, note: Note) -> Result<(), Failure> {
    let now = wall_clock().max(journal.last_now());
    journal
        .keep(&[note.into()], now)
        .map_err(|error| Failure(error.to_string()))
}

fn change_alone(recovered: &mut Recovered, change: AccountChange) -> Result<Reply, Failure> {
    let picture = recovered.machine.picture();
    let known = check(
        &change,
        |name| picture.accounts.contains_key(name),
        |id| picture.keys.contains_key(id),
    );
    if let Err(why) = known {
        return Ok(Reply::Failed(why));
    }
    let stepped = recovered.take(vec![Input::Account(Box::new(change))])?;
    Ok(outcome(&stepped.outcomes))
}
