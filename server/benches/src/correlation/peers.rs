//! The same evidence grouped by others: PostGIS joins by kind, distance and time, one piece after the other as they come;
//! Alertmanager groups by labels.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::pairs::{Pieces, f1_of};
use crate::machine;
use crate::report::Row;
use crate::servers::{self, Psql};

/// By a statement for each piece: the nearest open matter of its kind within 500 m and two hours, else a new one.
pub fn postgis(pieces: &Pieces, own_f1: f64, own_ns: f64) -> Result<Row, String> {
    let server = servers::postgres("0-1")?;
    let mut line = Psql::open(&server, "0-1")?;
    line.run(
        "CREATE EXTENSION postgis; SET synchronous_commit = off;
         CREATE UNLOGGED TABLE matters (id bigserial PRIMARY KEY, category text, at geography(Point, 4326), time bigint);
         CREATE INDEX ON matters USING gist (at);
         PREPARE take (text, float8, float8, bigint) AS WITH place AS (SELECT ST_MakePoint($2, $3)::geography AS at),
           known AS (SELECT m.id FROM matters m, place p WHERE m.category = $1 AND abs(m.time - $4) < 7200000
             AND ST_DWithin(m.at, p.at, 500) ORDER BY m.at <-> p.at LIMIT 1),
           opened AS (INSERT INTO matters (category, at, time) SELECT $1, p.at, $4 FROM place p
             WHERE NOT EXISTS (SELECT FROM known) RETURNING id)
           SELECT id FROM known UNION ALL SELECT id FROM opened;",
    )?;
    let spent = machine::tree_spent_s(server.process())?;
    let mut groups = Vec::new();
    for chunk in pieces.0.chunks(200) {
        let mut statements = String::new();
        for piece in chunk {
            let (lon, lat) = piece
                .position
                .map_or((0.0, 0.0), |at| (at.longitude(), at.latitude()));
            // Writing to a String cannot fail.
            let _ = writeln!(
                statements,
                "EXECUTE take('{}', {lon}, {lat}, {});",
                piece.category,
                piece.time.millis()
            );
        }
        groups.extend(line.run(&statements)?);
    }
    let spent = machine::tree_spent_s(server.process())? - spent;
    if groups.len() != pieces.0.len() {
        return Err(format!(
            "PostGIS grouped {} of {}",
            groups.len(),
            pieces.0.len()
        ));
    }
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    Ok(row(
        "PostGIS, the nearest of its kind",
        pieces,
        f1_of(pieces, &groups),
        spent,
        (own_f1, own_ns),
    ))
}

fn row(name: &str, pieces: &Pieces, f1: f64, spent_s: f64, (own_f1, own_ns): (f64, f64)) -> Row {
    let each = spent_s * 1e9 / pieces.0.len().max(1) as f64;
    Row::new(
        name,
        format!(
            "F1 {f1:.3}; {:.0} µs a piece of {}, {:.1} × ours of {:.1} µs",
            each / 1e3,
            pieces.0.len(),
            each / own_ns,
            own_ns / 1e3
        ),
        "less right, more time",
        f1 < own_f1 && each > own_ns,
    )
}

/// Groups by kind and town, as its route can; every piece is an alert of its own.
pub fn alertmanager(pieces: &Pieces, own_f1: f64, own_ns: f64) -> Result<Row, String> {
    let server = servers::alertmanager("0-1", "[category, town]")?;
    let spent = machine::tree_spent_s(server.process())?;
    let now = crate::traffic::now();
    let ends = now.plus_millis(3_600_000).to_rfc3339_utc();
    for chunk in pieces.0.chunks(500) {
        let alerts: Vec<Value> = chunk
            .iter()
            .map(|piece| {
                json!({"labels": {"alertname": piece.name, "category": piece.category, "town": piece.town},
                    "startsAt": now.to_rfc3339_utc(), "endsAt": ends})
            })
            .collect();
        let body = Value::Array(alerts).to_string();
        request(server.port, "POST", "/api/v2/alerts", &body)?;
    }
    let until = Instant::now() + Duration::from_secs(20);
    let groups = loop {
        let answer = request(server.port, "GET", "/api/v2/alerts/groups", "")?;
        let groups: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        let mut group_of: BTreeMap<String, String> = BTreeMap::new();
        for (index, group) in groups.as_array().into_iter().flatten().enumerate() {
            for alert in group["alerts"].as_array().into_iter().flatten() {
                let name = alert["labels"]["alertname"].as_str().unwrap_or_default();
                group_of.insert(name.to_owned(), index.to_string());
            }
        }
        if pieces
            .0
            .iter()
            .all(|piece| group_of.contains_key(&piece.name))
        {
            break group_of;
        }
        if Instant::now() > until {
            return Err(format!(
                "Alertmanager knows {} of {}",
                group_of.len(),
                pieces.0.len()
            ));
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let spent = machine::tree_spent_s(server.process())? - spent;
    let groups: Vec<&str> = pieces
        .0
        .iter()
        .map(|piece| groups[&piece.name].as_str())
        .collect();
    Ok(row(
        "Alertmanager, by kind and town",
        pieces,
        f1_of(pieces, &groups),
        spent,
        (own_f1, own_ns),
    ))
}

fn request(port: u16, method: &str, path: &str, body: &str) -> Result<String, String> {
    let wrong = |error: std::io::Error| format!("Alertmanager: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(wrong)?;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .map_err(wrong)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(wrong)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("Alertmanager said nothing")?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        _ => Err(format!("Alertmanager said {head} {body}")),
    }
}
