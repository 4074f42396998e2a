//! Killed at full load with a million readings and ten thousand incidents: how long until it is ready again, and whether it is the
//! same city; beside it PostgreSQL's recovery from a crash with the same rows.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::door::{Door, Trouble};
use crate::ingest::{BATCH, SENDERS, SOURCE, begun_ms, body, sample};
use crate::machine;
use crate::measure::{Length, median};
use crate::report::Row;
use crate::running::{Folder, Gulou, program};
use crate::servers::{self, Psql};

const READINGS: u64 = 1_000_000;
const INCIDENTS: u64 = 10_000;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let kills = match length {
        Length::Quick => 1,
        Length::Full => 5,
    };
    let folder = Folder::new("recovery")?;
    let data = folder.path().join("data");
    let mut gulou = Gulou::start(&data, "0-1")?;
    gulou.ready()?;
    let key = gulou.key(false)?;
    let begun = begun_ms();
    report_all(&gulou, &key)?;
    let next: Vec<AtomicU64> = (0..SENDERS).map(|_| AtomicU64::new(0)).collect();
    let (mut took, mut same) = (Vec::new(), 0);
    for kill in 0..kills {
        let wanted = READINGS / SENDERS as u64 * (10 + kill) / 10;
        let stop = AtomicBool::new(false);
        std::thread::scope(|threads| {
            for sender in 0..SENDERS {
                let (stop, next, key) = (&stop, &next[sender], &key);
                let to = gulou.address;
                threads.spawn(move || send(to, key, begun, sender as u64, next, stop));
            }
            while next
                .iter()
                .any(|next| next.load(Ordering::Relaxed) < wanted)
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            // All of them are still sending.
            let killed = machine::kill(gulou.process());
            stop.store(true, Ordering::Relaxed);
            killed
        })?;
        let at = Instant::now();
        gulou = Gulou::start(&data, "0-1")?;
        gulou.ready()?;
        took.push(at.elapsed().as_secs_f64());
        let recovered = gulou.digest()?;
        gulou.kill()?;
        let from_journal = Command::new(program()?)
            .args(["digest", "--from-journal", "--data"])
            .arg(&data)
            .output()
            .map_err(|error| error.to_string())?;
        let from_journal = String::from_utf8_lossy(&from_journal.stdout)
            .trim()
            .to_owned();
        if recovered != from_journal {
            return Err(format!(
                "recovered {recovered}, by the journal {from_journal}"
            ));
        }
        same += 1;
        gulou = Gulou::start(&data, "0-1")?;
        gulou.ready()?;
    }
    let theirs = postgres()?;
    let own = median(&took);
    let longest = took.iter().copied().fold(0.0, f64::max);
    Ok(vec![
        Row::new(
            "killed at full load, until ready",
            format!(
                "{own:.2} s, at most {longest:.2}; the digest of the journal's first block on, {same} times of {kills}"
            ),
            "≤ 1.5 s, digest equal",
            own <= 1.5,
        ),
        Row::new(
            "PostgreSQL, the same rows",
            format!("{theirs:.2} s, {:.1} × ours", theirs / own),
            "≥ 1 ×",
            theirs >= own,
        ),
    ])
}

/// Ten thousand matters far enough from each other to be one each.
fn report_all(gulou: &Gulou, key: &str) -> Result<(), String> {
    let mut door = Door::open(gulou.address, key)?;
    let time = crate::traffic::now().to_rfc3339_utc();
    let numbers: Vec<u64> = (0..INCIDENTS).collect();
    for chunk in numbers.chunks(500) {
        let mut body = String::new();
        for number in chunk {
            let (lon, lat) = (
                113.55 + (number % 100) as f64 * 0.006,
                22.75 + (number / 100) as f64 * 0.0035,
            );
            // Writing to a String cannot fail.
            let _ = writeln!(
                body,
                "{{\"source\":\"hotline\",\"id\":\"call-{number}\",\"kind\":\"report\",\"time\":\"{time}\",\
                 \"position\":[{lon:.6},{lat:.6}],\"accuracy_m\":10,\"category\":\"E0402\",\"severity\":3,\"text\":\"{number}\"}}"
            );
        }
        loop {
            match door.post(body.as_bytes()) {
                Ok(_) => break,
                Err(Trouble::Busy) => std::thread::sleep(Duration::from_millis(20)),
                Err(trouble) => return Err(trouble.into()),
            }
        }
    }
    Ok(())
}

/// Until the line breaks or it is told to stop.
fn send(
    to: std::net::SocketAddr,
    key: &str,
    begun: i64,
    sender: u64,
    next: &AtomicU64,
    stop: &AtomicBool,
) -> Result<(), String> {
    let mut door = Door::open(to, key)?;
    while !stop.load(Ordering::Relaxed) {
        let first = next.load(Ordering::Relaxed);
        match door.post(&body(begun, sender, first)) {
            Ok(_) => {
                next.fetch_add(BATCH as u64, Ordering::Relaxed);
            }
            Err(Trouble::Busy) => std::thread::sleep(Duration::from_millis(5)),
            Err(trouble) => return Err(trouble.into()),
        }
    }
    Ok(())
}

/// The same number of rows in a table with the same two indexes, by COPY; then the crash, and until it answers again.
fn postgres() -> Result<f64, String> {
    let server = servers::postgres("0-1")?;
    let mut line = Psql::open(&server, "0-1")?;
    line.run(
        "CREATE TABLE readings(source text, id text, thing text, property text, at bigint, value float8, unit text);
         CREATE UNIQUE INDEX known ON readings(source, id);
         CREATE INDEX course ON readings(thing, property, at);",
    )?;
    let begun = begun_ms();
    let mut number = 0;
    while number < READINGS {
        let mut copy = String::from("COPY readings FROM STDIN;\n");
        for number in number..number + 10 * BATCH as u64 {
            let one = sample(begun, 0, number);
            let _ = writeln!(
                copy,
                "{SOURCE}\t{}\t{}\tlevel\t{}\t{}\tm",
                one.id, one.thing, one.time_ms, one.value
            );
        }
        copy.push_str("\\.");
        line.run(&copy)?;
        number += 10 * BATCH as u64;
    }
    drop(line);
    let at = Instant::now();
    let server = servers::postgres_again(server, "0-1")?;
    loop {
        let ready = Command::new("psql")
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-p",
            ])
            .args([
                &server.port.to_string(),
                "-c",
                "SELECT count(*) FROM (SELECT 1 FROM readings LIMIT 1) x",
            ])
            .output()
            .map_err(|error| error.to_string())?;
        if ready.status.success() {
            return Ok(at.elapsed().as_secs_f64());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
