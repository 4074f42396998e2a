//! Personal data under one key per subject; everything else holds only the token. Erasing destroys the key.
//! The one place in the store that uses randomness.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use domain::ids::VaultToken;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::{Folder, JournalReader, StoreError, sqlite};

const NONCE: usize = 12;

/// Who called. Never printed: its `Debug` says only that somebody is there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reporter {
    pub name: String,
    pub phone: String,
    pub confidential: bool,
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter(..)")
    }
}

/// A subject's data as it goes to the journal file, in the transaction of the block that mentions its token.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultEntry {
    pub token: VaultToken,
    key: [u8; 32],
    /// Nonce, then ciphertext with its tag.
    sealed: Vec<u8>,
}

impl fmt::Debug for VaultEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultEntry({:?}, ..)", self.token)
    }
}

impl VaultEntry {
    /// A new token and a new key for one subject.
    pub fn seal(reporter: &Reporter) -> Result<Self, StoreError> {
        let mut name = [0; 16];
        let mut key = [0; 32];
        let mut nonce = [0; NONCE];
        for bytes in [&mut name[..], &mut key[..], &mut nonce[..]] {
            getrandom::fill(bytes).map_err(|error| StoreError::NoRandomness(error.to_string()))?;
        }
        let text = format!("p{:032x}", u128::from_be_bytes(name));
        let token = VaultToken::new(&text).expect("33 plain characters are a token");
        let plain = postcard::to_allocvec(reporter).map_err(|error| StoreError::Encoding {
            doing: "seal a reporter",
            why: error.to_string(),
        })?;
        // The token is bound in, so that an entry put under another token does not open.
        let payload = Payload {
            msg: &plain,
            aad: token.as_str().as_bytes(),
        };
        let ciphertext = ChaCha20Poly1305::new(&key.into())
            .encrypt(&nonce.into(), payload)
            .map_err(|_| StoreError::Unsealable)?;
        let sealed = [&nonce[..], &ciphertext[..]].concat();
        Ok(Self { token, key, sealed })
    }

    pub fn open(&self) -> Result<Reporter, StoreError> {
        let (nonce, ciphertext) = self
            .sealed
            .split_first_chunk::<NONCE>()
            .ok_or(StoreError::Unsealable)?;
        let payload = Payload {
            msg: ciphertext,
            aad: self.token.as_str().as_bytes(),
        };
        let plain = ChaCha20Poly1305::new(&self.key.into())
            .decrypt(&(*nonce).into(), payload)
            .map_err(|_| StoreError::Unsealable)?;
        postcard::from_bytes(&plain).map_err(|_| StoreError::Unsealable)
    }
}

/// Part of the transaction that writes a block.
pub(super) fn keep(connection: &Connection, entry: &VaultEntry) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO vault(token, key, sealed) VALUES (?1, ?2, ?3)")?
        .execute((entry.token.as_str(), entry.key, &entry.sealed))?;
    Ok(())
}

/// How many entries there are, how many of them erased, and which do not open.
pub(super) fn look_at_all(connection: &Connection) -> Result<(u64, u64, Vec<String>), StoreError> {
    let reading = || StoreError::sqlite("read the vault");
    let (mut entries, mut erased, mut unsealable) = (0, 0, Vec::new());
    let mut statement = connection
        .prepare("SELECT token, key, sealed FROM vault")
        .map_err(reading())?;
    let mut rows = statement.query([]).map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        entries += 1;
        let token: String = row.get(0).map_err(reading())?;
        if matches!(row.get_ref(1), Ok(rusqlite::types::ValueRef::Null)) {
            erased += 1;
            continue;
        }
        let opens = match (VaultToken::new(&token), row.get(1), row.get(2)) {
            (Ok(token), Ok(key), Ok(sealed)) => VaultEntry { token, key, sealed }.open().is_ok(),
            _ => false,
        };
        if !opens {
            unsealable.push(token);
        }
    }
    Ok((entries, erased, unsealable))
}

/// What became of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Looked {
    Unknown,
    Erased,
    Kept(Reporter),
}

/// Part of a transaction of the journal: the key's bytes are overwritten in the file, the token stays as the name of nobody.
/// They live on in the write-ahead log until `Vault::empty_log`.
pub(super) fn erase(connection: &Connection, token: &VaultToken) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE vault SET key = NULL, sealed = NULL WHERE token = ?1")?
        .execute([token.as_str()])?;
    Ok(())
}

/// The same of an entry that nothing refers to: not even its token stays.
pub(super) fn remove(connection: &Connection, token: &VaultToken) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM vault WHERE token = ?1")?
        .execute([token.as_str()])?;
    Ok(())
}

/// Tries to empty the log, and the time one of them waits for readers. Nobody can write meanwhile, so it is short; a backup
/// may read for minutes, so they are many.
const TRIES: u32 = 5;
const ONE_TRY: Duration = Duration::from_millis(100);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Opens what lies in the vault; may be used while the journal is being written.
pub struct Vault {
    connection: Connection,
}

impl Vault {
    /// The journal must have been opened once, so that its tables are there.
    pub fn open(folder: &Folder) -> Result<Self, StoreError> {
        Self::at(&folder.journal())
    }

    pub fn of(journal: &JournalReader) -> Result<Self, StoreError> {
        Self::at(journal.path())
    }

    pub fn look(&self, token: &VaultToken) -> Result<Looked, StoreError> {
        let has_key: Option<bool> = self
            .connection
            .prepare_cached("SELECT key IS NOT NULL FROM vault WHERE token = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([token.as_str()], |row| row.get(0))
                    .optional()
            })
            .map_err(StoreError::sqlite("read the vault"))?;
        match has_key {
            None => Ok(Looked::Unknown),
            Some(false) => Ok(Looked::Erased),
            // Erased in between, if it is gone now.
            Some(true) => Ok(self.reporter(token)?.map_or(Looked::Erased, Looked::Kept)),
        }
    }

    /// Entries with a key, in the order in which they came in, after a place in that order; each with its own place. That of the
    /// last ones is taken by the next that come in once those are removed.
    pub fn kept_after(
        &self,
        place: i64,
        most: usize,
    ) -> Result<Vec<(i64, VaultToken)>, StoreError> {
        let reading = || StoreError::sqlite("read the vault");
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT rowid, token FROM vault WHERE rowid > ?1 AND key IS NOT NULL ORDER BY rowid LIMIT ?2",
            )
            .map_err(reading())?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query((place, most)).map_err(reading())?;
        let mut kept = Vec::new();
        while let Some(row) = rows.next().map_err(reading())? {
            let place = row.get(0).map_err(reading())?;
            let text: String = row.get(1).map_err(reading())?;
            // A name that is none was not written by us; `verify` names it.
            kept.extend(VaultToken::new(&text).map(|token| (place, token)));
        }
        Ok(kept)
    }

    /// Empties the write-ahead log, where a key that was erased may still stand. False: somebody has been reading for long;
    /// try again later.
    pub fn empty_log(&self) -> Result<bool, StoreError> {
        let emptying = || StoreError::sqlite("empty the journal's log");
        self.connection.busy_timeout(ONE_TRY).map_err(emptying())?;
        for _ in 0..TRIES {
            let busy: bool = self
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
                .map_err(emptying())?;
            if !busy {
                return Ok(true);
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
        Ok(false)
    }

    fn at(path: &Path) -> Result<Self, StoreError> {
        let connection = sqlite::open(path, sqlite::JOURNAL)?;
        super::journal::overwrite_what_is_deleted(&connection)?;
        Ok(Self { connection })
    }

    /// None: unknown, or erased.
    pub fn reporter(&self, token: &VaultToken) -> Result<Option<Reporter>, StoreError> {
        let reading = || StoreError::sqlite("read the vault");
        let found: Option<([u8; 32], Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT key, sealed FROM vault WHERE token = ?1 AND key IS NOT NULL")
            .map_err(reading())?
            .query_row([token.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(reading())?;
        let Some((key, sealed)) = found else {
            return Ok(None);
        };
        VaultEntry {
            token: token.clone(),
            key,
            sealed,
        }
        .open()
        .map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Reporter {
        Reporter {
            name: "陈女士".into(),
            phone: "13800000000".into(),
            confidential: true,
        }
    }

    #[test]
    fn what_is_sealed_opens_only_under_its_own_token_and_key() {
        let entry = VaultEntry::seal(&caller()).expect("sealed");
        assert_eq!(entry.open().expect("opens"), caller());
        let hidden = |bytes: &[u8]| !entry.sealed.windows(bytes.len()).any(|part| part == bytes);
        assert!(hidden("陈女士".as_bytes()) && hidden(b"13800000000"));

        let other = VaultEntry::seal(&caller()).expect("sealed");
        assert_ne!(entry.token, other.token);
        assert_ne!(entry.key, other.key);
        let moved = VaultEntry {
            token: other.token.clone(),
            ..entry.clone()
        };
        assert!(matches!(moved.open(), Err(StoreError::Unsealable)));
        for at in 0..entry.sealed.len() {
            let mut spoiled = entry.clone();
            spoiled.sealed[at] ^= 1;
            assert!(matches!(spoiled.open(), Err(StoreError::Unsealable)));
        }
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let entry = VaultEntry::seal(&caller()).expect("sealed");
        let printed = format!("{entry:?} {:?}", caller());
        // The whole number: a token is 32 random hexadecimal digits, and four of it may well be among them.
        assert!(
            !printed.contains(&caller().phone) && !printed.contains("陈"),
            "{printed}"
        );
    }
}
