//! What this program itself is for a bench: a server, the floor, a publisher, or clients.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::sync_channel;

use super::fanout::Counting;
use super::held::{Listening, at, listen, obey};
use super::line::Lines;
use super::ours::{self, TICK};
use super::publisher::publish;
use super::work::{Work, greeting};
use super::{moves, slow, storm, viewport};

const USAGE: &str = "usage: gulou-bench hold ours WORK | floor WORK | publisher PEER PORT WORK | clients WORK PEER PORT COUNT …";

pub fn hold(arguments: &[String]) -> Result<(), String> {
    match arguments {
        [which, work] if which == "ours" => ours::hold(work),
        [which, work @ ..] if which == "floor" => hold_floor(Work::read(work)?),
        [which, to, port, work @ ..] if which == "publisher" => {
            publish(to, number(port)?, Work::read(work)?)
        }
        [which, work, name, port, count, more @ ..] if which == "clients" => {
            let port = number(port)?;
            let count: usize = count.parse().map_err(|_| USAGE)?;
            hold_clients(work, name, port, count, more)
        }
        _ => Err(USAGE.into()),
    }
}

fn number(port: &str) -> Result<u16, String> {
    port.parse().map_err(|_| format!("{port} is no port"))
}

fn hold_clients(
    work: &str,
    name: &str,
    port: u16,
    count: usize,
    more: &[String],
) -> Result<(), String> {
    let open = |work: Work| Lines::open(at(port), count, &greeting(name, work));
    match work {
        "same" => {
            let mut lines = open(Work::Same(0))?;
            listen(&mut lines, &mut Counting::of(count))
        }
        "moves" => {
            let mut lines = open(Work::Moves)?;
            let mut clients: Box<dyn Listening> = match name {
                "ours" => Box::new(moves::Pages::of(count)),
                _ => Box::new(moves::Batches::of(count)),
            };
            listen(&mut lines, clients.as_mut())
        }
        "cells" => {
            let mut lines = open(Work::Cells)?;
            let mut clients = viewport::clients(name, count);
            listen(&mut lines, clients.as_mut())
        }
        "some" => {
            let readers = more.first().and_then(|slow| slow.parse().ok()).unwrap_or(0);
            slow::hold(&mut open(Work::Some)?, name, readers, at(port))
        }
        "storm" => storm::hold(name, at(port), count),
        other => Err(format!("no work is called {other}")),
    }
}

/// A loop that does nothing but send; in a storm, that does nothing but let in.
fn hold_floor(work: Work) -> Result<(), String> {
    let wrong = |error: std::io::Error| error.to_string();
    let bytes = match work {
        Work::Same(bytes) => bytes,
        _ => 8,
    };
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    println!("{}", listener.local_addr().map_err(wrong)?.port());
    let mut frame = vec![0x82];
    match bytes {
        short @ 0..=125 => frame.push(short as u8),
        long => {
            frame.push(126);
            frame.extend((long as u16).to_be_bytes());
        }
    }
    frame.resize(frame.len() + bytes, 7);
    let (new, coming) = sync_channel::<TcpStream>(16_384);
    let welcome = (work == Work::Storm).then(|| frame.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answered = answer(&stream, welcome.as_deref());
            if answered.is_ok() && new.send(stream).is_err() {
                return;
            }
        }
    });
    let mut streams: Vec<TcpStream> = Vec::new();
    obey(TICK, || {
        streams.extend(coming.try_iter());
        if work == Work::Storm {
            // They have gone.
            streams.clear();
        }
        for mut stream in &streams {
            // A client that has gone is found out by those who count.
            let _sent = stream.write(&frame);
        }
    });
    Ok(())
}

/// The handshake, with the answer to the one key our clients send.
fn answer(mut stream: &TcpStream, welcome: Option<&[u8]>) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(1_024, stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    stream.set_nodelay(true)?;
    stream.write_all(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    )?;
    match welcome {
        Some(frame) => stream.write_all(frame),
        None => Ok(()),
    }
}
