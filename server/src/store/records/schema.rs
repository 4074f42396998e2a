//! The tables of records.db. Another schema means other tables: they are dropped and made anew, and replay fills them;
//! only the sessions stay, which come from no block.

use std::path::Path;

use domain::ids::BlockNumber;
use rusqlite::{Connection, TransactionBehavior};

use super::super::follower_file::{self, Stands};
use super::super::{StoreError, sqlite};
use super::sessions;

/// Moves whenever a table or what is written into one changes.
pub(in super::super) const VERSION: i32 = 7;

/// `incidents` holds what is current, `former` what lately was: a version counts from `from_block` to before `to_block`.
/// `phases` holds how open incidents stood between two changes, by the clock of the blocks, for as long as figures look back;
/// `cases` holds the facts that indicators are counted from;
/// `alarms_standing` what alarms that stand are counted under, `alarms_stood` the same of those that stood. Of before
/// `alarms_from` it is not known.
/// `reporters` holds the tokens of those whose data may still be in the vault.
/// The wide indexes answer every filter of the list without touching a row.
pub(super) const TABLES: &str = "
    CREATE TABLE position(
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        applied INTEGER NOT NULL,
        now INTEGER NOT NULL,
        pruned_to INTEGER NOT NULL,
        life TEXT NOT NULL,
        birth INTEGER NOT NULL,
        names BLOB NOT NULL,
        city BLOB,
        begun_at INTEGER,
        alarms_from INTEGER
    ) STRICT;
    CREATE TABLE towns(
        code TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_en TEXT NOT NULL
    ) STRICT;

    CREATE TABLE incidents(
        id INTEGER PRIMARY KEY,
        from_block INTEGER NOT NULL,
        open INTEGER NOT NULL,
        state TEXT NOT NULL,
        severity INTEGER NOT NULL,
        category TEXT,
        town TEXT,
        lon INTEGER,
        lat INTEGER,
        opened_at INTEGER NOT NULL,
        due_at INTEGER,
        drill INTEGER NOT NULL,
        tray INTEGER NOT NULL,
        dispatched_at INTEGER,
        closed_at INTEGER,
        in_time INTEGER,
        accurate INTEGER,
        hops INTEGER NOT NULL,
        course BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX incidents_newest ON incidents(
        from_block DESC, id DESC, state, severity, category, town, lon, lat, opened_at, due_at, drill, tray
    );
    CREATE INDEX incidents_open ON incidents(
        from_block DESC, id DESC, state, severity, category, town, lon, lat, opened_at, due_at, drill, tray
    ) WHERE open = 1;
    CREATE INDEX incidents_of_town ON incidents(
        town, from_block DESC, id DESC, state, severity, category, lon, lat, opened_at, due_at, drill, tray
    );
    CREATE INDEX incidents_due ON incidents(due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX incidents_opened ON incidents(opened_at);
    CREATE INDEX incidents_dispatched ON incidents(dispatched_at) WHERE dispatched_at IS NOT NULL;
    CREATE INDEX incidents_closed ON incidents(closed_at) WHERE closed_at IS NOT NULL;
    CREATE INDEX incidents_counted ON incidents(drill, state, severity, tray, town);

    CREATE TABLE former(
        version INTEGER PRIMARY KEY,
        id INTEGER NOT NULL,
        from_block INTEGER NOT NULL,
        to_block INTEGER NOT NULL,
        ended_at INTEGER NOT NULL,
        open INTEGER NOT NULL,
        state TEXT NOT NULL,
        severity INTEGER NOT NULL,
        category TEXT,
        town TEXT,
        lon INTEGER,
        lat INTEGER,
        opened_at INTEGER NOT NULL,
        due_at INTEGER,
        drill INTEGER NOT NULL,
        tray INTEGER NOT NULL,
        dispatched_at INTEGER,
        closed_at INTEGER,
        in_time INTEGER,
        accurate INTEGER,
        hops INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX former_until ON former(to_block);

    CREATE TABLE incident_departments(
        department TEXT NOT NULL,
        from_block INTEGER NOT NULL,
        incident INTEGER NOT NULL,
        involved INTEGER NOT NULL,
        PRIMARY KEY (department, from_block DESC, incident DESC)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX departments_of ON incident_departments(incident);

    CREATE TABLE phases(
        phase INTEGER PRIMARY KEY,
        incident INTEGER NOT NULL,
        from_at INTEGER NOT NULL,
        to_at INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX phases_current ON phases(incident) WHERE to_at = 9223372036854775807;
    CREATE INDEX phases_until ON phases(to_at);

    CREATE TABLE cases(
        incident INTEGER PRIMARY KEY,
        opened_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX cases_last ON cases(last_at);

    CREATE TABLE evidence(
        id INTEGER PRIMARY KEY,
        incident INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX evidence_of ON evidence(incident, id);
    CREATE TABLE reporters(
        token TEXT PRIMARY KEY,
        evidence INTEGER NOT NULL,
        incident INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reporters_of ON reporters(evidence);
    CREATE TABLE timeline(
        entry INTEGER PRIMARY KEY,
        incident INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX timeline_of ON timeline(incident, entry);

    CREATE TABLE alarms(
        id INTEGER PRIMARY KEY,
        active INTEGER NOT NULL,
        severity INTEGER NOT NULL,
        category TEXT,
        source TEXT NOT NULL,
        incident INTEGER,
        lon INTEGER,
        lat INTEGER,
        drill INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX alarms_active ON alarms(id) WHERE active = 1;
    CREATE INDEX alarms_of ON alarms(incident) WHERE incident IS NOT NULL;
    CREATE TABLE alarms_standing(
        alarm INTEGER PRIMARY KEY,
        from_at INTEGER NOT NULL,
        severity INTEGER NOT NULL,
        category TEXT
    ) STRICT;
    CREATE TABLE alarms_stood(
        number INTEGER PRIMARY KEY,
        from_at INTEGER NOT NULL,
        to_at INTEGER NOT NULL,
        severity INTEGER NOT NULL,
        category TEXT
    ) STRICT;
    CREATE INDEX alarms_stood_until ON alarms_stood(to_at);
    CREATE TABLE alarm_log(
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX alarm_log_at ON alarm_log(at);
    CREATE TABLE alarm_log_from(
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE answers(
        command BLOB PRIMARY KEY,
        block INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alarm_answers(
        command BLOB PRIMARY KEY,
        block INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE pieces(
        piece INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        key INTEGER NOT NULL,
        incident INTEGER NOT NULL,
        digest INTEGER NOT NULL,
        from_block INTEGER NOT NULL,
        to_block INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX pieces_current ON pieces(kind, key) WHERE to_block = 9223372036854775807;
    CREATE INDEX pieces_until ON pieces(to_block) WHERE to_block < 9223372036854775807;
    CREATE VIRTUAL TABLE texts USING fts5(
        words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
    );
";

/// What opening the records found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    pub applied: BlockNumber,
    /// Why they were begun anew, in words; None if they go on where they were.
    pub begun_anew: Option<String>,
}

pub(super) fn open(
    path: &Path,
    life: &str,
    last: BlockNumber,
) -> Result<(Connection, Opened), StoreError> {
    let (mut connection, unreadable) = match open_readable(path) {
        Err(error) if error.is_damage() => {
            follower_file::set_aside(path, "unreadable")?;
            let why = format!("they could not be read ({error})");
            (sqlite::open(path, sqlite::RECORDS)?, Some(why))
        }
        other => (other?, None),
    };
    sessions::make_table(&connection)?;
    let stands = match unreadable {
        Some(why) => Stands::Foreign(why),
        None => follower_file::stands(&connection, VERSION, life, last)?,
    };
    let begun_anew = match stands {
        Stands::GoesOn => {
            let applied = super::position(&connection)?.applied;
            let opened = Opened {
                applied,
                begun_anew: None,
            };
            return Ok((connection, opened));
        }
        // A first start has nothing to throw away.
        Stands::Empty => None,
        Stands::Foreign(why) => Some(why),
    };
    begin_anew(&mut connection, life)?;
    let opened = Opened {
        applied: BlockNumber(0),
        begun_anew,
    };
    Ok((connection, opened))
}

fn open_readable(path: &Path) -> Result<Connection, StoreError> {
    let connection = sqlite::open(path, sqlite::RECORDS)?;
    sqlite::user_version(&connection)?;
    Ok(connection)
}

fn begin_anew(connection: &mut Connection, life: &str) -> Result<(), StoreError> {
    let making = || StoreError::sqlite("make the records' tables");
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(making())?;
    // Virtual tables first: their shadow tables go with them.
    let names: Vec<String> = transaction
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'sessions'
             ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC",
        )
        .and_then(|mut statement| {
            statement
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()
        })
        .map_err(making())?;
    for name in names {
        let quoted = name.replace('"', "\"\"");
        transaction
            .execute_batch(&format!("DROP TABLE IF EXISTS \"{quoted}\""))
            .map_err(making())?;
    }
    transaction.execute_batch(TABLES).map_err(making())?;
    transaction
        .execute(
            "INSERT INTO position(only_one, applied, now, pruned_to, life, birth, names)
             VALUES (1, 0, 0, 0, ?1, random(), x'')",
            [life],
        )
        .map_err(making())?;
    transaction
        .pragma_update(None, "user_version", VERSION)
        .map_err(making())?;
    transaction.commit().map_err(making())
}
