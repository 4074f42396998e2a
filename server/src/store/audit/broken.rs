//! Walks the chain and names the first link that does not hold: changed, gone, moved, or never written.

use std::collections::BTreeMap;
use std::fmt;

use domain::audit::{What, of_block};
use domain::ids::BlockNumber;
use rusqlite::Connection;

use super::super::block_row::Decoder;
use super::super::{StoreError, journal};
use super::{COLUMNS, Chain, Row, head};

/// The first link that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    pub entry: u64,
    pub why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "audit entry {}: {}", self.entry, self.why)
    }
}

/// A chain that holds, and where it ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unbroken {
    pub entries: u64,
    /// `ENTRY:SHA256`: noted down elsewhere, it proves later that nothing was taken from the end.
    pub head: String,
}

impl fmt::Display for Unbroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries, the last is {}", self.entries, self.head)
    }
}

/// What the chain owes the journal: the entry of each input that belongs into it.
#[derive(Default)]
struct Owed {
    /// Blocks up to this one were written before the chain began.
    after: u64,
    /// The entry of an input, by block and place.
    told: BTreeMap<(u64, u32), u64>,
}

/// Every entry, and whether each input of the journal that belongs into the log is in it. `known` is a head that was noted
/// down earlier. None: the file is of before there was a log.
pub fn look_at_all(
    connection: &Connection,
    known: Option<&str>,
) -> Result<Option<Result<Unbroken, Broken>>, StoreError> {
    let known: Option<Chain> = match known.map(str::parse).transpose() {
        Ok(known) => known,
        Err(why) => return Ok(Some(Err(Broken { entry: 0, why }))),
    };
    if super::super::sqlite::user_version(connection)? < journal::VERSION {
        return Ok(None);
    }
    let mut owed = Owed::default();
    let walked = walk(connection, known, &mut owed)?;
    let end = match walked {
        Ok(end) => end,
        Err(broken) => return Ok(Some(Err(broken))),
    };
    if let Err(broken) = ends_at_head(connection, end, known)? {
        return Ok(Some(Err(broken)));
    }
    Ok(Some(
        tells_all(connection, &owed, end)?.map_or(Ok(end.into()), Err),
    ))
}

impl From<Chain> for Unbroken {
    fn from(end: Chain) -> Self {
        Self {
            entries: end.entry,
            head: end.to_string(),
        }
    }
}

fn walk(
    connection: &Connection,
    known: Option<Chain>,
    owed: &mut Owed,
) -> Result<Result<Chain, Broken>, StoreError> {
    let reading = || StoreError::sqlite("read the audit log");
    let mut statement = connection
        .prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY entry"))
        .map_err(reading())?;
    let mut rows = statement.query([]).map_err(reading())?;
    let mut end = Chain::START;
    loop {
        let next = end.entry + 1;
        let broken = |why: String| Ok(Err(Broken { entry: next, why }));
        let row = match rows.next().and_then(|row| row.map(Row::read).transpose()) {
            Ok(None) => return Ok(Ok(end)),
            Ok(Some(row)) => row,
            Err(error) => return broken(format!("it cannot be read: {error}")),
        };
        if row.entry != next {
            return broken(format!("it is missing; {} follows", row.entry));
        }
        if row.sha256 != row.hash_after(&end.sha256) {
            return broken(
                "its hash does not fit what it says and the entry before it: one of them was changed or moved"
                    .into(),
            );
        }
        if let Some(known) = known
            && known.entry == row.entry
            && known.sha256 != row.sha256
        {
            return broken("its hash is another than was noted down".into());
        }
        owed.hear(&row);
        end = Chain {
            entry: row.entry,
            sha256: row.sha256,
        };
    }
}

impl Owed {
    fn hear(&mut self, row: &Row) {
        if row.what == What::Begun.name() {
            self.after = row.about.parse().unwrap_or_default();
        } else if row.what == What::Loss.name() {
            // The blocks from there on are gone; others have taken their numbers.
            if let Ok(from) = row.about.parse::<u64>() {
                self.told.split_off(&(from, 0));
                self.after = self.after.min(from.saturating_sub(1));
            }
        } else if row.block > 0 {
            self.told.insert((row.block, row.place), row.entry);
        }
    }
}

/// Where the file, and whoever noted its head down, say that it ends.
fn ends_at_head(
    connection: &Connection,
    end: Chain,
    known: Option<Chain>,
) -> Result<Result<(), Broken>, StoreError> {
    let heads = [head(connection)?, known];
    for head in heads.into_iter().flatten() {
        if head.entry > end.entry {
            return Ok(Err(Broken {
                entry: end.entry + 1,
                why: format!("it is missing; the log has had {} entries", head.entry),
            }));
        }
    }
    match heads[0] {
        Some(head) if head == end => Ok(Ok(())),
        Some(head) => Ok(Err(Broken {
            entry: head.entry.max(1),
            why: format!("the file says that the log ends at {head}, but it ends at {end}"),
        })),
        None => Ok(Err(Broken {
            entry: end.entry,
            why: "the file does not say where the log ends".into(),
        })),
    }
}

/// The journal's blocks against the entries that tell of them.
fn tells_all(
    connection: &Connection,
    owed: &Owed,
    end: Chain,
) -> Result<Option<Broken>, StoreError> {
    let mut decoder = Decoder::new()?;
    let mut missing = None;
    let Some(start) = journal::link_at(connection, BlockNumber(owed.after))? else {
        // A journal that was trimmed keeps the chain of what it no longer holds.
        return Ok(None);
    };
    // Damaged blocks are named by whoever looks at blocks.
    let _end = journal::walk(connection, start, |row| {
        if missing.is_some() {
            return Ok(());
        }
        // Only what people do is of interest: a block of observations alone is passed over as soon as it is decoded.
        let block = decoder.decode(row)?;
        for note in of_block(&block) {
            let Some((number, place)) = note.input else {
                continue;
            };
            if !owed.told.contains_key(&(number.0, place)) {
                let (what, who) = (note.what, &note.who);
                missing = Some(Broken {
                    entry: end.entry + 1,
                    why: format!(
                        "it is missing: input {place} of block {number} ({what} by {who}) is in no entry"
                    ),
                });
                break;
            }
        }
        Ok(())
    })?;
    Ok(missing)
}
