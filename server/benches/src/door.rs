//! The public door from outside, on one line that stays open: sends a batch, waits for its answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

pub struct Door {
    stream: TcpStream,
    head: String,
    answer: Vec<u8>,
}

/// What became of a batch.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Taken {
    pub accepted: u64,
    pub duplicates: u64,
    pub rejected: u64,
}

/// Why nothing of a batch was taken.
#[derive(Debug)]
pub enum Trouble {
    /// Full for now.
    Busy,
    /// The line broke: nobody knows whether it was taken.
    Gone(String),
    Refused(String),
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        format!("a batch was not taken: {trouble:?}")
    }
}

impl Door {
    pub fn open(to: SocketAddr, key: &str) -> Result<Self, String> {
        let wrong = |error: std::io::Error| format!("the door: {error}");
        let stream = TcpStream::connect(to).map_err(wrong)?;
        stream.set_nodelay(true).map_err(wrong)?;
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .map_err(wrong)?;
        Ok(Self {
            stream,
            head: format!(
                "POST /api/v1/observations HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {key}\r\n\
                 Content-Type: application/x-ndjson\r\nContent-Length: "
            ),
            answer: Vec::new(),
        })
    }

    /// Sends lines of JSON; returns when they are answered.
    pub fn post(&mut self, body: &[u8]) -> Result<Taken, Trouble> {
        let gone = |error: std::io::Error| Trouble::Gone(error.to_string());
        let mut request = Vec::with_capacity(self.head.len() + 16 + body.len());
        request.extend_from_slice(self.head.as_bytes());
        request.extend_from_slice(format!("{}\r\n\r\n", body.len()).as_bytes());
        request.extend_from_slice(body);
        self.stream.write_all(&request).map_err(gone)?;
        let (status, body) = self.answer().map_err(gone)?;
        match status {
            200 => Ok(taken(&body)),
            429 | 503 => Err(Trouble::Busy),
            other => Err(Trouble::Refused(format!(
                "{other} {}",
                String::from_utf8_lossy(&body)
            ))),
        }
    }

    fn answer(&mut self) -> std::io::Result<(u16, Vec<u8>)> {
        let broken = |what: &str| std::io::Error::other(what.to_owned());
        self.answer.clear();
        let mut piece = [0; 16 * 1024];
        loop {
            let count = self.stream.read(&mut piece)?;
            if count == 0 {
                return Err(broken("closed"));
            }
            self.answer.extend_from_slice(&piece[..count]);
            let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&self.answer[..end]).to_ascii_lowercase();
            let status = head
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok());
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .and_then(|length| length.parse::<usize>().ok())
                .ok_or_else(|| broken("an answer without a length"))?;
            if self.answer.len() >= end + 4 + length {
                let status = status.ok_or_else(|| broken("an answer without a status"))?;
                return Ok((status, self.answer[end + 4..].to_vec()));
            }
        }
    }
}

fn taken(body: &[u8]) -> Taken {
    let receipt: Value = serde_json::from_slice(body).unwrap_or_default();
    let count = |name: &str| receipt[name].as_u64().unwrap_or_default();
    Taken {
        accepted: count("accepted"),
        duplicates: count("duplicates"),
        rejected: receipt["rejected"].as_array().map_or(0, Vec::len) as u64 + count("conflicts"),
    }
}
