//! Thousands of clients on one thread, as small as can be: they must cost less than what is measured. They look what has come
//! once a millisecond and never wait in the system for it, or every message would pay for waking them, which costs a server
//! more or less by how deeply their processor happens to sleep.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use super::speech::{Cut, Speech, frame, packet, text};

/// What a client has to say before it is sent anything.
#[derive(Clone)]
pub struct Greeting {
    pub speech: Speech,
    pub path: &'static str,
    /// Headers beside those of every WebSocket.
    pub headers: String,
    /// Sent once the line is open.
    pub says: Vec<Vec<u8>>,
}

pub struct Line {
    pub stream: mio::net::TcpStream,
    speech: Speech,
    /// The beginning of a message that has not come wholly.
    begun: Vec<u8>,
    /// What the system did not take.
    unsent: Vec<u8>,
}

pub struct Lines {
    poll: Poll,
    pub lines: Vec<Line>,
    buffer: Vec<u8>,
    events: Events,
}

impl Lines {
    pub fn none() -> Result<Self, String> {
        Ok(Self {
            poll: Poll::new().map_err(|error| error.to_string())?,
            lines: Vec::new(),
            buffer: vec![0; 256 * 1024],
            events: Events::with_capacity(1_024),
        })
    }

    /// Opens so many, one after the other.
    pub fn open(to: SocketAddr, count: usize, greeting: &Greeting) -> Result<Self, String> {
        let mut lines = Self::none()?;
        for _ in 0..count {
            let stream = greet(to, greeting)
                .map_err(|error| format!("a client could not connect: {error}"))?;
            lines.add(stream, greeting.speech)?;
        }
        Ok(lines)
    }

    pub fn add(&mut self, stream: TcpStream, speech: Speech) -> Result<usize, String> {
        let wrong = |error: std::io::Error| error.to_string();
        stream.set_nonblocking(true).map_err(wrong)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        let index = self.lines.len();
        self.poll
            .registry()
            .register(&mut stream, Token(index), Interest::READABLE)
            .map_err(wrong)?;
        self.lines.push(Line {
            stream,
            speech,
            begun: Vec::new(),
            unsent: Vec::new(),
        });
        Ok(index)
    }

    /// Takes what has come, message by message; sleeps a millisecond where there was nothing.
    pub fn listen(&mut self, hears: &mut dyn FnMut(usize, &[u8])) -> Result<(), String> {
        self.poll
            .poll(&mut self.events, Some(Duration::ZERO))
            .map_err(|error| error.to_string())?;
        let mut nothing = true;
        for event in &self.events {
            nothing = false;
            let index = event.token().0;
            let Some(line) = self.lines.get_mut(index) else {
                continue;
            };
            line.read(&mut self.buffer, &mut |body| hears(index, body))?;
        }
        if nothing {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    pub fn say(&mut self, index: usize, bytes: &[u8]) -> Result<(), String> {
        let line = &mut self.lines[index];
        line.unsent.extend_from_slice(bytes);
        line.flush()
    }
}

impl Line {
    fn flush(&mut self) -> Result<(), String> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(format!("a line takes nothing: {error}")),
            }
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], hears: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err("the server closed a line".into()),
                Ok(count) => {
                    self.take(&buffer[..count], hears)?;
                    if count < buffer.len() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a line broke: {error}")),
            }
        }
    }

    fn take(&mut self, came: &[u8], hears: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        if self.begun.is_empty() {
            let used = self.cut(came, hears);
            self.begun.extend_from_slice(&came[used..]);
        } else {
            let mut begun = std::mem::take(&mut self.begun);
            begun.extend_from_slice(came);
            let used = self.cut(&begun, hears);
            begun.drain(..used);
            self.begun = begun;
        }
        self.flush()
    }

    /// How many bytes were whole messages.
    fn cut(&mut self, bytes: &[u8], hears: &mut dyn FnMut(&[u8])) -> usize {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            used += match self.speech.cut(rest) {
                Cut::Message(body, end) => {
                    hears(&rest[body]);
                    end
                }
                Cut::Answer(answer, end) => {
                    self.unsent.extend(answer);
                    end
                }
                Cut::Other(end) => end,
                Cut::Partly => return used,
            };
        }
    }
}

/// How long a WebSocket frame's head and its body are, once the head is there.
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

/// A line that is open and has said its greeting.
pub fn greet(to: SocketAddr, greeting: &Greeting) -> std::io::Result<TcpStream> {
    greet_on(TcpStream::connect(to)?, to, greeting)
}

/// The same with as little room in the system as there can be.
pub fn greet_slowly(to: SocketAddr, greeting: &Greeting) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_recv_buffer_size(4_096)?;
    socket.connect(&to.into())?;
    greet_on(socket.into(), to, greeting)
}

fn greet_on(
    mut stream: TcpStream,
    to: SocketAddr,
    greeting: &Greeting,
) -> std::io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    match greeting.speech {
        Speech::WebSocket | Speech::SocketIo => {
            stream.write_all(&asked(to, greeting))?;
            let answer = until(&mut stream, b"\r\n\r\n")?;
            if !answer.starts_with(b"HTTP/1.1 101") {
                let said = String::from_utf8_lossy(&answer).into_owned();
                return Err(std::io::Error::other(said));
            }
        }
        Speech::Nats => {
            until(&mut stream, b"\r\n")?;
            stream.write_all(b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\n")?;
        }
        Speech::Mqtt => {
            let head = [&text("MQTT")[..], &[4, 2, 0, 0], &text("")].concat();
            stream.write_all(&packet(0x10, &head))?;
            let mut answer = [0; 4];
            stream.read_exact(&mut answer)?;
        }
    }
    if greeting.speech == Speech::SocketIo {
        // Whoever speaks before he is welcome is shown out.
        stream.write_all(&frame(1, b"40"))?;
        until(&mut stream, b"40{")?;
        until(&mut stream, b"}")?;
    }
    for body in &greeting.says {
        match greeting.speech {
            Speech::WebSocket => stream.write_all(&frame(2, body))?,
            Speech::SocketIo => stream.write_all(&frame(1, body))?,
            Speech::Nats | Speech::Mqtt => stream.write_all(body)?,
        }
    }
    Ok(stream)
}

/// The request that makes a line a WebSocket.
pub fn asked(to: SocketAddr, greeting: &Greeting) -> Vec<u8> {
    format!(
        "GET {} HTTP/1.1\r\nHost: {to}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        greeting.path, greeting.headers
    )
    .into_bytes()
}

/// Byte by byte: what follows belongs to the stream.
fn until(stream: &mut TcpStream, end: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(end) {
        stream.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    Ok(answer)
}
