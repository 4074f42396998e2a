//! A WebSocket client as small as can be, and thousands of them on one thread: says hello, then counts what it is sent. It must
//! cost less than what is measured.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

/// What a client has to say before it is sent anything.
pub struct Greeting {
    /// Path, and headers beside those of every WebSocket.
    pub path: &'static str,
    pub headers: String,
    /// The bodies of binary messages sent once the line is open.
    pub says: Vec<Vec<u8>>,
}

/// What all clients together were sent.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sent {
    pub messages: u64,
    pub bytes: u64,
}

struct Line {
    stream: mio::net::TcpStream,
    /// Of the frame that is coming: what is left of its body, or of its head the bytes so far.
    body_left: usize,
    head: Vec<u8>,
}

pub struct Lines {
    poll: Poll,
    lines: Vec<Line>,
    buffer: Vec<u8>,
}

impl Lines {
    /// Opens so many, one after the other.
    pub fn open(to: SocketAddr, count: usize, greeting: &Greeting) -> Result<Self, String> {
        let wrong = |error: std::io::Error| format!("a client could not connect: {error}");
        let poll = Poll::new().map_err(wrong)?;
        let mut lines = Vec::with_capacity(count);
        for index in 0..count {
            let stream = shake_hands(to, greeting).map_err(wrong)?;
            stream.set_nonblocking(true).map_err(wrong)?;
            let mut stream = mio::net::TcpStream::from_std(stream);
            poll.registry()
                .register(&mut stream, Token(index), Interest::READABLE)
                .map_err(wrong)?;
            lines.push(Line {
                stream,
                body_left: 0,
                head: Vec::new(),
            });
        }
        Ok(Self {
            poll,
            lines,
            buffer: vec![0; 256 * 1024],
        })
    }

    /// Reads for a while.
    pub fn listen(&mut self, during: Duration) -> Result<Sent, String> {
        let until = Instant::now() + during;
        let mut events = Events::with_capacity(1_024);
        let mut sent = Sent::default();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.poll
                .poll(&mut events, Some(left.min(Duration::from_millis(50))))
                .map_err(|error| error.to_string())?;
            for event in &events {
                let Some(line) = self.lines.get_mut(event.token().0) else {
                    continue;
                };
                line.read(&mut self.buffer, &mut sent)?;
            }
        }
        Ok(sent)
    }
}

impl Line {
    fn read(&mut self, buffer: &mut [u8], sent: &mut Sent) -> Result<(), String> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err("the server closed a line".into()),
                Ok(count) => self.count(&buffer[..count], sent),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a line broke: {error}")),
            }
        }
    }

    fn count(&mut self, mut bytes: &[u8], sent: &mut Sent) {
        while !bytes.is_empty() {
            let taken = self.body_left.min(bytes.len());
            self.body_left -= taken;
            bytes = &bytes[taken..];
            let Some((first, rest)) = bytes.split_first() else {
                return;
            };
            self.head.push(*first);
            bytes = rest;
            if let Some(length) = body_of(&self.head) {
                let control = self.head[0] & 0x08 != 0;
                if !control {
                    sent.messages += 1;
                    sent.bytes += length as u64;
                }
                self.body_left = length;
                self.head.clear();
            }
        }
    }
}

/// The length a head tells, once it is whole; servers do not mask.
fn body_of(head: &[u8]) -> Option<usize> {
    match (head.get(1)? & 0x7f, head.len()) {
        (126, 4) => Some(usize::from(u16::from_be_bytes([head[2], head[3]]))),
        (127, 10) => Some(
            head[2..10]
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        ),
        (126 | 127, _) => None,
        (short, _) => Some(usize::from(short)),
    }
}

pub fn shake_hands(to: SocketAddr, greeting: &Greeting) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {} HTTP/1.1\r\nHost: {to}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        greeting.path, greeting.headers
    )?;
    // Byte by byte: what follows the answer belongs to the stream.
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    if !answer.starts_with(b"HTTP/1.1 101") {
        let said = String::from_utf8_lossy(&answer).into_owned();
        return Err(std::io::Error::other(said));
    }
    for body in &greeting.says {
        stream.write_all(&masked(body))?;
    }
    Ok(stream)
}

/// A binary frame as a client sends it, under a mask of zeros.
fn masked(body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x82];
    match body.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend((long as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(body);
    frame
}

/// How long a frame's head and its body are, once the head is there.
pub fn frame_of(bytes: &[u8]) -> Option<(usize, usize)> {
    let short = bytes.get(1)? & 0x7f;
    match short {
        126 => {
            let length: [u8; 2] = bytes.get(2..4)?.try_into().ok()?;
            Some((4, usize::from(u16::from_be_bytes(length))))
        }
        127 => {
            let length: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
            Some((10, u64::from_be_bytes(length) as usize))
        }
        short => Some((2, usize::from(short))),
    }
}
