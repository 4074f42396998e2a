//! Says for a server that only passes on what ours and the other peers make themselves. Its time is counted for nobody.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::fleet;
use super::held::{at, obey};
use super::ours::{MOVES_EVERY, TICK, UNITS};
use super::speech::{packet, text};
use super::work::{CELLS_A_SIDE, Work};

/// `hold publisher nats|nchan|mosquitto PORT WORK`
pub fn publish(to: &str, port: u16, work: Work) -> Result<(), String> {
    let wrong = |error: std::io::Error| error.to_string();
    let mut line = TcpStream::connect(at(port)).map_err(wrong)?;
    line.set_nodelay(true).map_err(wrong)?;
    match to {
        "nats" => line
            .write_all(b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\n")
            .map_err(wrong)?,
        "mosquitto" => {
            let head = [&text("MQTT")[..], &[4, 2, 0, 0], &text("publisher")].concat();
            line.write_all(&packet(0x10, &head)).map_err(wrong)?;
        }
        _ => {}
    }
    listen(&line)?;
    let mut beat = 0;
    obey(TICK, || {
        let mut said = Vec::new();
        for (topic, body) in spoken(work, &mut beat) {
            said.extend(match to {
                "nats" => [
                    format!("PUB {topic} {}\r\n", body.len()).as_bytes(),
                    body.as_bytes(),
                    b"\r\n",
                ]
                .concat(),
                "mosquitto" => packet(0x30, &[&text(&topic)[..], body.as_bytes()].concat()),
                _ => format!(
                    "POST /pub HTTP/1.1\r\nHost: us\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .into_bytes(),
            });
        }
        // Whether it arrives is found out by those who count.
        let _said = line.write_all(&said);
    });
    Ok(())
}

/// Answers are taken off the line; only a question whether we are here is answered.
fn listen(line: &TcpStream) -> Result<(), String> {
    let mut hears = line.try_clone().map_err(|error| error.to_string())?;
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count) = hears.read(&mut buffer)
            && count > 0
        {
            if buffer[..count].windows(6).any(|part| part == b"PING\r\n") {
                let _said = hears.write_all(b"PONG\r\n");
            }
        }
    });
    Ok(())
}

/// What is said in a tick, by topic.
fn spoken(work: Work, beat: &mut u64) -> Vec<(String, String)> {
    let now = fleet::now();
    match work {
        Work::Same(bytes) => vec![("all".into(), "7".repeat(bytes))],
        Work::Moves => {
            let beats = (TICK.as_millis() / MOVES_EVERY.as_millis()) as u64;
            let from = *beat + 1;
            *beat += beats;
            let units = (from..=*beat).flat_map(|beat| fleet::movers(UNITS, beat));
            vec![("all".into(), fleet::batch(*beat, now, units))]
        }
        Work::Cells => {
            *beat += 1;
            let mut cells: std::collections::BTreeMap<i64, Vec<u32>> = Default::default();
            for unit in fleet::movers(UNITS, *beat) {
                let cell = fleet::cell(fleet::place(unit, *beat), CELLS_A_SIDE);
                cells.entry(cell).or_default().push(unit);
            }
            cells
                .into_iter()
                .map(|(cell, units)| {
                    let body = fleet::batch(*beat, now, units.into_iter());
                    (format!("c{cell}"), body)
                })
                .collect()
        }
        Work::Some | Work::Storm => Vec::new(),
    }
}
