//! Takes a request's body off the wire: never more than there is room for, never longer than a sender may take.
//! Before an early answer it reads on without keeping anything, so that the sender gets to hear the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::decode::MOST_BYTES;
use super::refusal::Refusal;

/// How patient we are.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For the whole body.
    pub whole: Duration,
    /// Between two pieces of it.
    pub idle: Duration,
    /// For reading on before an early answer.
    pub drain: Duration,
    /// Bytes read on before an early answer.
    pub drain_bytes: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            whole: Duration::from_secs(30),
            idle: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            drain_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Bytes of all bodies in memory at once, in steps of [`STEP`].
pub const ROOM: usize = 256 * 1024 * 1024;
pub const STEP: usize = 64 * 1024;
/// Bytes a body may have on the wire. Compression that grows what it packs adds a little, hence the step.
const MOST_ON_WIRE: usize = MOST_BYTES + STEP;
const RETRY_AFTER_S: u32 = 1;

/// The place all bodies share.
#[derive(Clone)]
pub struct Room(Arc<Semaphore>);

impl Room {
    pub fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / STEP)))
    }

    pub fn free_bytes(&self) -> usize {
        self.0.available_permits() * STEP
    }

    fn step(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.0
            .clone()
            .try_acquire_owned()
            .map_err(|_| Refusal::Busy {
                retry_after_s: RETRY_AFTER_S,
            })
    }
}

/// A body that has arrived; its place is free again when this is dropped.
pub struct Arrived {
    pub bytes: Vec<u8>,
    pub held: Option<OwnedSemaphorePermit>,
}

/// A body on its way.
pub struct Inflow {
    stream: BodyDataStream,
    read: usize,
    ended: bool,
}

impl Inflow {
    pub fn new(body: Body) -> Self {
        Self {
            stream: body.into_data_stream(),
            read: 0,
            ended: false,
        }
    }

    pub async fn arrive(&mut self, patience: &Patience, room: &Room) -> Result<Arrived, Refusal> {
        let deadline = Instant::now() + patience.whole;
        let mut bytes: Vec<u8> = Vec::new();
        let mut held: Option<OwnedSemaphorePermit> = None;
        let mut room_bytes = 0;
        loop {
            let piece_by = deadline.min(Instant::now() + patience.idle);
            let piece = match timeout_at(piece_by, self.stream.next()).await {
                Err(_) => return Err(Refusal::TooSlow),
                Ok(None) => break,
                Ok(Some(Err(_))) => {
                    self.ended = true;
                    return Err(Refusal::Cut);
                }
                Ok(Some(Ok(piece))) => piece,
            };
            self.read += piece.len();
            if self.read > MOST_ON_WIRE {
                return Err(Refusal::TooManyBytes);
            }
            while room_bytes < self.read {
                let step = room.step()?;
                match &mut held {
                    Some(held) => held.merge(step),
                    None => held = Some(step),
                }
                room_bytes += STEP;
            }
            bytes.extend_from_slice(&piece);
        }
        self.ended = true;
        Ok(Arrived { bytes, held })
    }

    /// Reads on to the end; false if the sender has more than we are willing to read, so the connection must close.
    pub async fn drain(&mut self, patience: &Patience) -> bool {
        let deadline = Instant::now() + patience.drain;
        while !self.ended {
            if self.read > patience.drain_bytes {
                return false;
            }
            match timeout_at(deadline, self.stream.next()).await {
                Ok(Some(Ok(piece))) => self.read += piece.len(),
                Ok(Some(Err(_))) | Err(_) => return false,
                Ok(None) => self.ended = true,
            }
        }
        true
    }
}
