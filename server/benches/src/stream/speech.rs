//! What servers say, cut into messages: WebSocket frames, socket.io upon them, NATS and MQTT. Only as much of each as a client
//! needs that listens.

use std::ops::Range;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speech {
    WebSocket,
    SocketIo,
    Nats,
    Mqtt,
}

/// The first message of some bytes.
pub enum Cut {
    /// What was meant for us.
    Message(Range<usize>, usize),
    /// Not for us, but this is to be answered.
    Answer(Vec<u8>, usize),
    /// Not for us.
    Other(usize),
    /// It has not come wholly.
    Partly,
}

impl Speech {
    pub fn cut(self, bytes: &[u8]) -> Cut {
        match self {
            Self::WebSocket | Self::SocketIo => self.cut_frame(bytes).unwrap_or(Cut::Partly),
            Self::Nats => cut_line(bytes).unwrap_or(Cut::Partly),
            Self::Mqtt => cut_packet(bytes).unwrap_or(Cut::Partly),
        }
    }

    fn cut_frame(self, bytes: &[u8]) -> Option<Cut> {
        let (first, second) = (*bytes.first()?, *bytes.get(1)?);
        let (length, begin) = match second & 0x7f {
            126 => (number(bytes.get(2..4)?), 4),
            127 => (number(bytes.get(2..10)?), 10),
            short => (usize::from(short), 2),
        };
        let end = begin + length;
        let body = bytes.get(begin..end)?;
        Some(match (first & 0x0f, self) {
            (9, _) => Cut::Answer(frame(10, body), end),
            (1 | 2, Self::WebSocket) => Cut::Message(begin..end, end),
            (1, _) if body.starts_with(b"42") => Cut::Message(begin + 2..end, end),
            (1, _) if body.starts_with(b"0") => Cut::Answer(frame(1, b"40"), end),
            (1, _) if body == b"2" => Cut::Answer(frame(1, b"3"), end),
            _ => Cut::Other(end),
        })
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

/// `MSG subject sid bytes`, then so many; all else is a line.
fn cut_line(bytes: &[u8]) -> Option<Cut> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    let begin = end + 1;
    if line.starts_with(b"PING") {
        return Some(Cut::Answer(b"PONG\r\n".to_vec(), begin));
    }
    if !line.starts_with(b"MSG ") {
        return Some(Cut::Other(begin));
    }
    let length = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next()?;
    let length = length
        .iter()
        .fold(0, |sum, digit| sum * 10 + usize::from(digit & 0x0f));
    bytes.get(begin..begin + length + 2)?;
    Some(Cut::Message(begin..begin + length, begin + length + 2))
}

fn cut_packet(bytes: &[u8]) -> Option<Cut> {
    let kind = bytes.first()? >> 4;
    let (mut length, mut begin) = (0, 1);
    loop {
        let byte = usize::from(*bytes.get(begin)?);
        length |= (byte & 0x7f) << (7 * (begin - 1));
        begin += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let end = begin + length;
    let body = bytes.get(begin..end)?;
    if kind != 3 {
        return Some(Cut::Other(end));
    }
    let topic = number(body.get(..2)?);
    Some(Cut::Message(begin + 2 + topic..end, end))
}

/// A frame as a WebSocket client sends it, under a mask of zeros.
pub fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind];
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

/// An MQTT packet of a kind, its flags in the lower half of the byte.
pub fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut length = body.len();
    loop {
        let more = length > 0x7f;
        packet.push((length & 0x7f) as u8 | if more { 0x80 } else { 0 });
        length >>= 7;
        if !more {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// A text of MQTT, its length before it.
pub fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}
