//! What the audit log says: who did what, to what. Holds names of accounts, ids and tokens; never what a token stands for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::account::{AccountChange, Actor};
use crate::command::{Block, Input};
use crate::ids::{AccountName, BlockNumber, IdError, KeyId};
use crate::notice::{NotifyCommand, NotifyGiven};
use crate::time::Timestamp;

/// Longer words are cut: whoever gives a reason gives no essay.
const LONGEST: usize = 2_000;

/// Who acted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Who {
    Account(AccountName),
    Key(KeyId),
    /// Whoever may reach the data folder.
    CommandLine,
    /// The server by itself.
    Server,
    /// Somebody who gave a name that nobody has; the name is not kept, it may be a password in the wrong field.
    Unknown,
}

impl Who {
    pub fn of(actor: &Actor) -> Self {
        match actor {
            Actor::Machine => Self::Server,
            Actor::Person { name, .. } => Self::Account(name.clone()),
        }
    }
}

/// An account by its name; the others begin with a sign that no name begins with.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name) => f.write_str(name.as_str()),
            Self::Key(id) => write!(f, "@key/{id}"),
            Self::CommandLine => f.write_str("@command-line"),
            Self::Server => f.write_str("@gulou"),
            Self::Unknown => f.write_str("@unknown"),
        }
    }
}

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        /// What was done.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum What {
            $($(#[$doc])* $name,)*
        }

        impl What {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

whats! {
    /// The chain begins here; what was done before is in the journal alone.
    Begun "begun";
    Login "login";
    LoginFailed "login_failed";
    Logout "logout";
    SessionRevoked "session_revoked";
    Password "password";
    /// A command to an incident, or one written down by hand.
    Command "command";
    AlarmCommand "alarm_command";
    Account "account";
    Key "key";
    City "city";
    /// A role was given saved views.
    Views "views";
    /// A roster or a receiver of webhooks was set.
    Notify "notify";
    /// A caller's name and phone were shown in full.
    Reveal "reveal";
    Erase "erase";
    Export "export";
    Backup "backup";
    /// A data folder was made of a backup.
    Restore "restore";
    /// The journal was cut at a block that could not be read.
    Loss "loss";
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for What {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL
            .iter()
            .copied()
            .find(|what| what.name() == text)
            .ok_or_else(|| {
                let known: Vec<&str> = Self::ALL.iter().map(|what| what.name()).collect();
                IdError(format!(
                    "\"{text}\" is nothing the audit log knows; it knows {}",
                    known.join(", ")
                ))
            })
    }
}

/// One act, before it has its place in the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub who: Who,
    pub what: What,
    /// An id, a name of an account, a token; empty where nothing has one.
    pub about: String,
    pub detail: String,
    /// Where the journal holds it: its block, and its place among that block's inputs.
    pub input: Option<(BlockNumber, u32)>,
}

impl Note {
    pub fn new(who: Who, what: What, about: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self {
            who,
            what,
            about: short(&about.to_string()),
            detail: short(&detail.to_string()),
            input: None,
        }
    }
}

fn short(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect()
}

/// What a block holds that belongs into the log: all that people did and every change of configuration, no observations.
pub fn of_block(block: &Block) -> Vec<Note> {
    let mut notes = Vec::new();
    for (index, input) in (0_u32..).zip(&block.inputs) {
        if let Some(note) = of_input(input) {
            notes.push(Note {
                input: Some((block.number, index)),
                ..note
            });
        }
    }
    notes
}

fn of_input(input: &Input) -> Option<Note> {
    Some(match input {
        Input::Observation(_) => return None,
        Input::City(city) => Note::new(Who::CommandLine, What::City, &city.id, "taken"),
        Input::Open(given) => Note::new(Who::of(&given.by), What::Command, "", "open"),
        Input::OpenOnce(id, given) => Note::new(
            Who::of(&given.by),
            What::Command,
            "",
            format_args!("open {id}"),
        ),
        Input::Command(given) => Note::new(
            Who::of(&given.by),
            What::Command,
            given.incident,
            format_args!("{} {}", given.command.name(), given.id),
        ),
        Input::AlarmCommand(given) => {
            let name = given.command.event().name();
            Note::new(Who::of(&given.by), What::AlarmCommand, given.alarm, name)
        }
        Input::Account(change) => of_change(change),
        Input::Attach(given) => Note::new(
            Who::of(&given.by),
            What::Command,
            given.incident,
            format_args!("attach {}", given.file.file.sha256),
        ),
        Input::Notify(given) => return of_notify(given),
        Input::SharedViews(given) => Note::new(
            Who::Account(given.by.clone()),
            What::Views,
            given.role,
            format_args!("{} given", given.views.len()),
        ),
    })
}

/// Who is told how is configuration; that somebody took note of something is a command.
fn of_notify(given: &NotifyGiven) -> Option<Note> {
    let by = Who::of(&given.by);
    Some(match &given.what {
        NotifyCommand::Acknowledge(notice) => {
            Note::new(by, What::Command, notice, "acknowledge notice")
        }
        NotifyCommand::PutRoster { post, shifts } => Note::new(
            by,
            What::Notify,
            post,
            format_args!("roster of {} shifts", shifts.len()),
        ),
        NotifyCommand::HandOver { post, .. } => Note::new(by, What::Command, post, "hand over"),
        NotifyCommand::ReadHandover(id) => Note::new(by, What::Command, id, "hand-over read"),
        NotifyCommand::PutEndpoint {
            id,
            url,
            enabled,
            new_secret,
            ..
        } => {
            let state = if *enabled { "on" } else { "off" };
            let secret = if *new_secret { ", new secret" } else { "" };
            Note::new(
                by,
                What::Notify,
                id,
                format_args!("receiver {url}, {state}{secret}"),
            )
        }
        // The server's own finding; the notice that comes of it is in the journal.
        NotifyCommand::Reached { .. } => return None,
    })
}

fn of_change(change: &AccountChange) -> Note {
    let by = Who::CommandLine;
    match change {
        AccountChange::PutAccount(account) => {
            let mut detail = format!("added, role {}", account.role);
            if let Some(department) = &account.department {
                detail.push_str(&format!(", department {department}"));
            }
            if let Some(town) = &account.town {
                detail.push_str(&format!(", town {town}"));
            }
            Note::new(by, What::Account, &account.name, detail)
        }
        AccountChange::DisableAccount(name) => Note::new(by, What::Account, name, "disabled"),
        AccountChange::PutKey(key) => {
            let right = if key.read { " with reading" } else { "" };
            let detail = format!("added for {}{right}", key.source_glob);
            Note::new(by, What::Key, &key.id, detail)
        }
        AccountChange::RevokeKey(id) => Note::new(by, What::Key, id, "revoked"),
        AccountChange::SetPassword { name, .. } => {
            Note::new(Who::Account(name.clone()), What::Password, name, "changed")
        }
    }
}

/// One act in its place in the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuditEntry {
    pub entry: u64,
    pub at: Timestamp,
    /// An account's name, or `@key/ID`, `@command-line`, `@gulou`, `@unknown`.
    pub who: String,
    pub what: What,
    pub about: String,
    pub detail: String,
    /// The journal's block that holds it, if one does.
    pub block: Option<u64>,
    /// SHA-256 over all of this and the hash of the entry before, in hexadecimal.
    pub sha256: String,
}

/// What is looked for in the log, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditAsked {
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    pub who: Option<String>,
    pub what: Option<What>,
    /// Only entries before this one.
    pub before: Option<u64>,
    pub limit: usize,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Where the next page goes on; None at the end.
    pub next: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_log_is_read_as_it_is_written() {
        for what in What::ALL {
            assert_eq!(what.name().parse::<What>().expect("known"), *what);
            let written = serde_json::to_string(what).expect("written");
            assert_eq!(written, format!("\"{}\"", what.name()));
        }
        assert!("songs".parse::<What>().is_err());
    }

    #[test]
    fn a_note_holds_no_line_breaks_and_no_essay() {
        let note = Note::new(
            Who::Unknown,
            What::Reveal,
            "i5-0",
            format!("第一行\n\u{1b}[31m{}", "长".repeat(5_000)),
        );
        assert!(note.detail.starts_with("第一行[31m长"), "{}", note.detail);
        assert_eq!(note.detail.chars().count(), LONGEST);
    }
}
