//! The little of WebSocket (RFC 6455) that a server needs which sends whole binary messages: frames out, whatever a browser
//! may send in.

use crate::stream::LONGEST_MESSAGE;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

const LAST: u8 = 0x80;
const MASKED: u8 = 0x80;
/// Control frames may carry no more.
const LONGEST_CONTROL: usize = 125;

/// A frame as it goes over a line, its head and its body in one piece, so that whoever shares it needs one write.
#[derive(PartialEq, Eq, Debug)]
pub struct Framed {
    bytes: Box<[u8]>,
    head: usize,
}

impl Framed {
    pub fn binary(body: &[u8]) -> Self {
        Self::new(BINARY, body)
    }

    /// What these pieces say one after the other.
    pub fn binary_of<'a>(pieces: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        Self::of(BINARY, pieces)
    }

    pub fn ping() -> Self {
        Self::new(PING, &[])
    }

    pub fn pong(body: &[u8]) -> Self {
        Self::new(PONG, &body[..body.len().min(LONGEST_CONTROL)])
    }

    pub fn close() -> Self {
        Self::new(CLOSE, &[])
    }

    fn new(kind: u8, body: &[u8]) -> Self {
        Self::of(kind, std::iter::once(body))
    }

    fn of<'a>(kind: u8, pieces: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let body = pieces.clone().map(<[u8]>::len).sum();
        let (head, length) = head(kind, body);
        let mut bytes = Vec::with_capacity(length + body);
        bytes.extend_from_slice(&head[..length]);
        for piece in pieces {
            bytes.extend_from_slice(piece);
        }
        Self {
            bytes: bytes.into_boxed_slice(),
            head: length,
        }
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it says, for a line that writes heads of its own.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }
}

/// A frame's head, which is 2, 4 or 10 bytes long.
fn head(kind: u8, body: usize) -> ([u8; 10], usize) {
    let mut bytes = [0; 10];
    bytes[0] = LAST | kind;
    let length = match body {
        0..=125 => {
            bytes[1] = body as u8;
            2
        }
        126..=0xffff => {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&(body as u16).to_be_bytes());
            4
        }
        _ => {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(body as u64).to_be_bytes());
            10
        }
    };
    (bytes, length)
}

/// What a viewer said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    Binary(Vec<u8>),
    Text,
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// It does not speak WebSocket, or sends more than it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken;

/// Bytes as they come in, until they are a message.
#[derive(Default)]
pub struct Ear {
    bytes: Vec<u8>,
    /// So many of them have been understood.
    used: usize,
    frames: u32,
    /// A message that comes in several frames: its kind and what has come of it.
    begun: Option<(u8, Vec<u8>)>,
}

impl Ear {
    pub fn hear(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message.
    pub fn next(&mut self) -> Result<Option<Said>, Broken> {
        while let Some(frame) = self.frame()? {
            if let Some(said) = self.put_together(frame)? {
                return Ok(Some(said));
            }
        }
        if self.used == self.bytes.len() {
            // Most viewers say little: what is not needed is given back.
            self.bytes = Vec::new();
        } else {
            self.bytes.drain(..self.used);
        }
        self.used = 0;
        Ok(None)
    }

    /// Frames read since this was asked last, also those that say nothing.
    pub fn frames_since(&mut self) -> u32 {
        std::mem::take(&mut self.frames)
    }

    fn frame(&mut self) -> Result<Option<Frame>, Broken> {
        let [first, second, rest @ ..] = &self.bytes[self.used..] else {
            return Ok(None);
        };
        if first & 0x70 != 0 || second & MASKED == 0 {
            return Err(Broken);
        }
        let (length, rest) = match (second & !MASKED, rest) {
            (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
            (127, rest) if rest.len() >= 8 => {
                let (length, rest) = rest.split_at(8);
                let length = length
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                (length, rest)
            }
            (126 | 127, _) => return Ok(None),
            (length, rest) => (u64::from(length), rest),
        };
        let kind = first & 0x0f;
        let most = if kind >= CLOSE {
            LONGEST_CONTROL
        } else {
            LONGEST_MESSAGE
        };
        let whole = first & LAST != 0;
        if length > most as u64 || (kind >= CLOSE && !whole) {
            return Err(Broken);
        }
        let length = length as usize;
        if rest.len() < 4 + length {
            return Ok(None);
        }
        let (mask, rest) = rest.split_at(4);
        let body = rest[..length]
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        self.used = self.bytes.len() - (rest.len() - length);
        self.frames += 1;
        Ok(Some(Frame { kind, whole, body }))
    }

    fn put_together(&mut self, frame: Frame) -> Result<Option<Said>, Broken> {
        let Frame { kind, whole, body } = frame;
        let (kind, body) = match (kind, self.begun.take()) {
            (CONTINUATION, Some((kind, mut begun))) => {
                begun.extend(body);
                (kind, begun)
            }
            (TEXT | BINARY, None) => (kind, body),
            (CLOSE | PING | PONG, begun) => {
                self.begun = begun;
                return Ok(Some(match kind {
                    CLOSE => Said::Close,
                    PING => Said::Ping(body),
                    _ => Said::Pong,
                }));
            }
            _ => return Err(Broken),
        };
        if body.len() > LONGEST_MESSAGE {
            return Err(Broken);
        }
        if !whole {
            self.begun = Some((kind, body));
            return Ok(None);
        }
        Ok(Some(match kind {
            BINARY => Said::Binary(body),
            _ => Said::Text,
        }))
    }
}

struct Frame {
    kind: u8,
    whole: bool,
    body: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocket};

    use super::*;

    /// What another implementation writes as a client.
    fn written(messages: &[Message]) -> Vec<u8> {
        let mut client =
            WebSocket::from_raw_socket(std::io::Cursor::new(Vec::new()), Role::Client, None);
        for message in messages {
            client.write(message.clone()).expect("it is written");
        }
        client.flush().expect("it is written");
        client.into_inner().into_inner()
    }

    fn message() -> impl Strategy<Value = Message> {
        let bytes = || {
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                prop::collection::vec(any::<u8>(), 65_530..65_537),
            ]
        };
        prop_oneof![
            4 => bytes().prop_map(|bytes| Message::Binary(bytes.into())),
            1 => Just(Message::text("hello")),
            1 => prop::collection::vec(any::<u8>(), 0..125).prop_map(|bytes| Message::Ping(bytes.into())),
            1 => Just(Message::Pong(Vec::new().into())),
        ]
    }

    fn heard(bytes: &[u8], at_once: usize) -> Result<Vec<Said>, Broken> {
        let mut ear = Ear::default();
        let mut all = Vec::new();
        for some in bytes.chunks(at_once) {
            ear.hear(some);
            while let Some(said) = ear.next()? {
                all.push(said);
            }
        }
        Ok(all)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn what_another_implementation_writes_is_understood_however_it_arrives(
            messages in prop::collection::vec(message(), 0..6),
            at_once in 1..70_000usize,
        ) {
            let said = heard(&written(&messages), at_once).expect("it is WebSocket");
            let expected: Vec<Said> = messages
                .into_iter()
                .map(|message| match message {
                    Message::Binary(bytes) => Said::Binary(bytes.to_vec()),
                    Message::Ping(bytes) => Said::Ping(bytes.to_vec()),
                    Message::Pong(_) => Said::Pong,
                    _ => Said::Text,
                })
                .collect();
            prop_assert_eq!(said, expected);
        }

        #[test]
        fn what_is_written_is_understood_by_another_implementation(lengths in prop::collection::vec(0..70_000usize, 1..5)) {
            let mut bytes = Vec::new();
            for length in &lengths {
                let framed = Framed::binary(&vec![7; *length]);
                prop_assert_eq!(framed.body().len(), *length);
                bytes.extend_from_slice(framed.bytes());
            }
            bytes.extend_from_slice(Framed::close().bytes());
            let mut client = WebSocket::from_raw_socket(std::io::Cursor::new(bytes), Role::Client, None);
            for length in lengths {
                let read = client.read().expect("a message");
                prop_assert_eq!(read, Message::Binary(vec![7u8; length].into()));
            }
        }

        #[test]
        fn whatever_comes_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = heard(&bytes, 7);
        }
    }

    #[test]
    fn a_message_in_pieces_is_put_together_with_a_ping_between() {
        let piece = |first: u8, body: &[u8]| {
            [&[first, MASKED | body.len() as u8, 0, 0, 0, 0], body].concat()
        };
        let bytes = [
            piece(BINARY, b"ab"),
            piece(LAST | PING, b"?"),
            piece(CONTINUATION, b"cd"),
            piece(LAST | CONTINUATION, b"ef"),
            piece(LAST | CLOSE, &[]),
        ]
        .concat();
        assert_eq!(
            heard(&bytes, 3),
            Ok(vec![
                Said::Ping(b"?".to_vec()),
                Said::Binary(b"abcdef".to_vec()),
                Said::Close
            ])
        );
        for wrong in [
            piece(LAST | CONTINUATION, b"x"),
            [piece(BINARY, b"x"), piece(LAST | BINARY, b"y")].concat(),
            piece(PING, b"x"),
            piece(LAST | 0x40 | BINARY, b"x"),
            piece(LAST | 3, b"x"),
            vec![LAST | BINARY, 1, b'x'],
            vec![LAST | BINARY, MASKED | 127, 0, 0, 0, 0, 0, 1, 0, 1],
        ] {
            assert_eq!(heard(&wrong, 100), Err(Broken), "{wrong:?}");
        }
    }
}
