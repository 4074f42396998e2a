//! What takes the same readings beside ours: each durable at every batch, each with what both questions need.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{BATCH, SENDERS, SOURCE, Sample, Turn, begun_ms, sample};
use crate::machine;
use crate::running::Folder;
use crate::servers::{self, Psql, Redis, Server};

pub trait Peer {
    fn name(&self) -> &'static str;
    /// Ours is to take so many times as much.
    fn least(&self) -> f64;
    fn turn(&mut self, during: Duration) -> Result<Turn, String>;
    /// Whether it knows what it took: an id, and the last hundred readings of a thing.
    fn answers(&mut self) -> Result<(), String>;
}

pub fn all() -> Result<Vec<Box<dyn Peer>>, String> {
    Ok(vec![
        Box::new(Sqlite::open()?),
        Box::new(Postgres::start()?),
        Box::new(AppendFile::start()?),
    ])
}

/// A hundred readings back in time from a number on, of the same thing.
fn last_hundred(begun: i64, sender: u64, sent: u64) -> Vec<(i64, f64)> {
    let thing = sample(begun, sender, 0).thing;
    let mut all: Vec<(i64, f64)> = (0..sent)
        .map(|number| sample(begun, sender, number))
        .filter(|one: &Sample| one.thing == thing)
        .map(|one| (one.time_ms, one.value))
        .collect();
    all.drain(..all.len().saturating_sub(100));
    all
}

fn compared(name: &str, own: &[(i64, f64)], found: &[(i64, f64)]) -> Result<(), String> {
    match own == found {
        true => Ok(()),
        false => Err(format!(
            "{name}: {} readings sent, {} found",
            own.len(),
            found.len()
        )),
    }
}

/// Rows with two indexes, one transaction a batch, in this process: it has no door to be paid for.
struct Sqlite {
    connection: Connection,
    begun: i64,
    next: u64,
    _folder: Folder,
}

impl Sqlite {
    fn open() -> Result<Self, String> {
        let folder = Folder::new("sqlite")?;
        let connection =
            Connection::open(folder.path().join("rows.db")).map_err(|error| error.to_string())?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
                 CREATE TABLE readings(source TEXT, id TEXT, thing TEXT, property TEXT, at INTEGER, value REAL, unit TEXT);
                 CREATE UNIQUE INDEX known ON readings(source, id);
                 CREATE INDEX course ON readings(thing, property, at);",
            )
            .map_err(|error| error.to_string())?;
        Ok(Self {
            connection,
            begun: begun_ms(),
            next: 0,
            _folder: folder,
        })
    }
}

impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite rows with the same two indexes"
    }

    fn least(&self) -> f64 {
        3.0
    }

    fn turn(&mut self, during: Duration) -> Result<Turn, String> {
        let wrong = |error: rusqlite::Error| format!("SQLite: {error}");
        let spent = machine::spent_s(std::process::id())?;
        let begun = Instant::now();
        let mut taken = 0;
        while begun.elapsed() < during {
            let transaction = self.connection.transaction().map_err(wrong)?;
            {
                let mut statement = transaction
                    .prepare_cached(
                        "INSERT OR IGNORE INTO readings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )
                    .map_err(wrong)?;
                for number in self.next..self.next + BATCH as u64 {
                    let one = sample(self.begun, 0, number);
                    statement
                        .execute((
                            SOURCE,
                            &one.id,
                            &one.thing,
                            "level",
                            one.time_ms,
                            one.value,
                            "m",
                        ))
                        .map_err(wrong)?;
                }
            }
            transaction.commit().map_err(wrong)?;
            self.next += BATCH as u64;
            taken += BATCH as u64;
        }
        Ok(Turn {
            taken,
            seconds: begun.elapsed().as_secs_f64(),
            cpu_s: machine::spent_s(std::process::id())? - spent,
        })
    }

    fn answers(&mut self) -> Result<(), String> {
        let wrong = |error: rusqlite::Error| format!("SQLite: {error}");
        let known: bool = self
            .connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM readings WHERE source = ?1 AND id = ?2)",
                (SOURCE, &sample(self.begun, 0, self.next / 2).id),
                |row| row.get(0),
            )
            .map_err(wrong)?;
        let thing = sample(self.begun, 0, 0).thing;
        let mut statement = self
            .connection
            .prepare("SELECT at, value FROM readings WHERE thing = ?1 AND property = 'level' ORDER BY at DESC LIMIT 100")
            .map_err(wrong)?;
        let mut found = statement
            .query_map([&thing], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect::<rusqlite::Result<Vec<(i64, f64)>>>)
            .map_err(wrong)?;
        found.reverse();
        if !known {
            return Err("SQLite does not know what it took".into());
        }
        compared("SQLite", &last_hundred(self.begun, 0, self.next), &found)
    }
}

/// COPY into a table with the same two indexes, over as many lines as ours has senders.
struct Postgres {
    server: Server,
    lines: Vec<Psql>,
    begun: i64,
    next: Vec<AtomicU64>,
}

impl Postgres {
    fn start() -> Result<Self, String> {
        let server = servers::postgres("0-1")?;
        let mut lines = Vec::new();
        for _ in 0..SENDERS {
            lines.push(Psql::open(&server, "0-1")?);
        }
        lines[0].run(
            "CREATE TABLE readings(source text, id text, thing text, property text, at bigint, value float8, unit text);
             CREATE UNIQUE INDEX known ON readings(source, id);
             CREATE INDEX course ON readings(thing, property, at);",
        )?;
        Ok(Self {
            server,
            lines,
            begun: begun_ms(),
            next: (0..SENDERS).map(|_| AtomicU64::new(0)).collect(),
        })
    }
}

/// Each line sends batch after batch for so long, all at once; how many readings were taken.
fn all_send<L: Send>(
    during: Duration,
    lines: &mut [L],
    next: &[AtomicU64],
    send: impl Fn(&mut L, u64, Range<u64>) -> Result<(), String> + Sync,
) -> Result<u64, String> {
    let sum = || -> u64 { next.iter().map(|next| next.load(Ordering::Relaxed)).sum() };
    let (before, stop) = (sum(), AtomicBool::new(false));
    std::thread::scope(|threads| {
        let senders: Vec<_> = (0..)
            .zip(lines.iter_mut().zip(next))
            .map(|(sender, (line, next))| {
                let (stop, send) = (&stop, &send);
                threads.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let first = next.load(Ordering::Relaxed);
                        send(line, sender, first..first + BATCH as u64)?;
                        next.fetch_add(BATCH as u64, Ordering::Relaxed);
                    }
                    Ok::<_, String>(())
                })
            })
            .collect();
        std::thread::sleep(during);
        stop.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.join().map_err(|_| "a sender ended badly")??;
        }
        Ok::<_, String>(())
    })?;
    Ok(sum() - before)
}

impl Peer for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL COPY"
    }

    fn least(&self) -> f64 {
        4.0
    }

    fn turn(&mut self, during: Duration) -> Result<Turn, String> {
        let spent = machine::tree_spent_s(self.server.process())?;
        let begun = Instant::now();
        let begun_ms = self.begun;
        let taken = all_send(
            during,
            &mut self.lines,
            &self.next,
            |line, sender, numbers| {
                let mut copy = String::from("COPY readings FROM STDIN;\n");
                for number in numbers {
                    let one = sample(begun_ms, sender, number);
                    // Writing to a String cannot fail.
                    let _ = writeln!(
                        copy,
                        "{SOURCE}\t{}\t{}\tlevel\t{}\t{}\tm",
                        one.id, one.thing, one.time_ms, one.value
                    );
                }
                copy.push_str("\\.");
                line.run(&copy).map(drop)
            },
        )?;
        Ok(Turn {
            taken,
            seconds: begun.elapsed().as_secs_f64(),
            cpu_s: machine::tree_spent_s(self.server.process())? - spent,
        })
    }

    fn answers(&mut self) -> Result<(), String> {
        let sent = self.next[0].load(Ordering::Relaxed);
        let id = sample(self.begun, 0, sent / 2).id;
        let thing = sample(self.begun, 0, 0).thing;
        let known = self.lines[0].run(&format!(
            "SELECT count(*) FROM readings WHERE source = '{SOURCE}' AND id = '{id}';"
        ))?;
        let found = self.lines[0].run(&format!(
            "SELECT at, value FROM readings WHERE thing = '{thing}' AND property = 'level' ORDER BY at DESC LIMIT 100;"
        ))?;
        let mut found: Vec<(i64, f64)> = found
            .iter()
            .filter_map(|line| {
                let (at, value) = line.split_once('|')?;
                Some((at.parse().ok()?, value.parse().ok()?))
            })
            .collect();
        found.reverse();
        if known != ["1"] {
            return Err("PostgreSQL does not know what it took".into());
        }
        compared("PostgreSQL", &last_hundred(self.begun, 0, sent), &found)
    }
}

/// Redis: a key an id, and a sorted set a thing.
struct AppendFile {
    server: Server,
    lines: Vec<Redis>,
    begun: i64,
    next: Vec<AtomicU64>,
}

impl AppendFile {
    fn start() -> Result<Self, String> {
        let server = servers::redis("0-1", true)?;
        let mut lines = Vec::new();
        for _ in 0..SENDERS {
            lines.push(Redis::open(&server)?);
        }
        Ok(Self {
            server,
            lines,
            begun: begun_ms(),
            next: (0..SENDERS).map(|_| AtomicU64::new(0)).collect(),
        })
    }
}

impl Peer for AppendFile {
    fn name(&self) -> &'static str {
        "Redis, appendfsync always"
    }

    fn least(&self) -> f64 {
        1.0
    }

    fn turn(&mut self, during: Duration) -> Result<Turn, String> {
        let spent = machine::spent_s(self.server.process())?;
        let begun = Instant::now();
        let begun_ms = self.begun;
        let taken = all_send(
            during,
            &mut self.lines,
            &self.next,
            |line, sender, numbers| {
                for number in numbers {
                    let one = sample(begun_ms, sender, number);
                    let at = one.time_ms.to_string();
                    let member = format!("{at}:{}", one.value);
                    let id = format!("{SOURCE}:{}", one.id);
                    line.gather(&["SET", &id, "1", "NX", "EX", "86400"]);
                    line.gather(&["ZADD", &format!("{}:level", one.thing), &at, &member]);
                }
                line.send().map(drop)
            },
        )?;
        Ok(Turn {
            taken,
            seconds: begun.elapsed().as_secs_f64(),
            cpu_s: machine::spent_s(self.server.process())? - spent,
        })
    }

    fn answers(&mut self) -> Result<(), String> {
        let sent = self.next[0].load(Ordering::Relaxed);
        let id = format!("{SOURCE}:{}", sample(self.begun, 0, sent / 2).id);
        let thing = format!("{}:level", sample(self.begun, 0, 0).thing);
        let line = &mut self.lines[0];
        line.gather(&["EXISTS", &id]);
        line.gather(&["ZRANGE", &thing, "-100", "-1"]);
        let answers = line.send()?;
        let found: Vec<(i64, f64)> = answers[1]
            .iter()
            .filter_map(|member| {
                let (at, value) = member.split_once(':')?;
                Some((at.parse().ok()?, value.parse().ok()?))
            })
            .collect();
        if answers[0] != ["1"] {
            return Err("Redis does not know what it took".into());
        }
        compared("Redis", &last_hundred(self.begun, 0, sent), &found)
    }
}
