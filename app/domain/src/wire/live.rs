//! The binary stream `gulou.v1`: what our own pages are told twenty times a second, in as few bytes as it takes.
//!
//! A frame is a version byte (`BINARY_VERSION`), a kind byte, and then:
//! - `0` a part of the picture: postcard of [`PartHead`], then records to the end
//! - `1` what changed: postcard of [`DeltaHead`], then records to the end
//! - `2` anything else: postcard of [`Said`]
//! - `5` heat: postcard of [`Heat`], see [`super::heat`]
//!
//! A page sends a version byte and postcard of [`Ask`]. Postcard is specified at postcard.jamesmunns.com/wire-format; numbers
//! are its varints, signed ones zigzag. Records are described in [`super::record`].
//!
//! What a page must do: keep things by their dense numbers. A part with `anew` replaces everything; any part replaces what lies
//! in its runs of cells, and what lies outside its cover is dropped, as is whatever a record moves out of it. A delta whose
//! `from` is not the position of the frame before is a gap.

use serde::{Deserialize, Serialize};

use super::heat::Heat;
use super::{BINARY_VERSION, Digest, Layer, Problem};
use crate::interest::{Cover, Run};
use crate::time::Timestamp;

const PART: u8 = 0;
const DELTA: u8 = 1;
const OTHER: u8 = 2;
/// 3 and 4 are kept for others.
const HEAT: u8 = 5;

/// What a page asks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Ask {
    Look(Look),
    Digest,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Look {
    /// West, south, east, north in degrees; what is told is the cover of it.
    pub bbox: [f64; 4],
    pub zoom: f32,
    pub layers: Vec<Layer>,
    pub filter: Option<String>,
    pub known: Known,
}

/// What the page holds already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Known {
    /// Nothing, or nothing it trusts: all is told anew.
    Nothing,
    /// What it was told on this line: the view has moved.
    Told,
    /// What it was told on a line that broke.
    Before(Seen),
}

/// What a page has seen wholly, by whom it was told, and up to where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seen {
    pub visit: Visit,
    pub position: u64,
    pub cover: Cover,
}

/// Says to whom dense numbers belong and what was asked for. With another visit they mean something else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Visit {
    /// Of the server's start.
    pub epoch: u64,
    /// Of audience, layers and filter.
    pub class: u64,
}

/// A part of the picture at a position; the whole comes in parts that a slow line can take.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartHead {
    /// What was known before is to be forgotten.
    pub anew: bool,
    /// The last part: from now on the page holds all of its cover.
    pub whole: bool,
    pub position: u64,
    pub now: Timestamp,
    pub visit: Visit,
    pub cover: Cover,
    pub runs: Vec<Run>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeltaHead {
    pub from: u64,
    /// Blocks from there to the new position.
    pub ahead: u64,
    pub now: Timestamp,
}

/// What a page is told beside the picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Said {
    /// Why the picture starts anew; its parts follow.
    Resync(String),
    Digest(Digest),
    /// What was asked was not understood or not allowed; nothing was changed by it.
    Error(Problem),
}

/// A frame as it was read; records are still bytes.
#[derive(Clone, PartialEq, Debug)]
pub enum Frame<'a> {
    Part(PartHead, &'a [u8]),
    Delta(DeltaHead, &'a [u8]),
    Said(Said),
    /// [`Heat`], not yet read: only a page that shows it needs to.
    Heat(&'a [u8]),
}

/// Why a frame could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameError {
    /// Another version, or none: the page is to be loaded anew.
    Version,
    Broken,
}

impl Frame<'_> {
    pub fn read(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
        let [BINARY_VERSION, kind, body @ ..] = bytes else {
            return Err(match bytes.first() {
                Some(&BINARY_VERSION) => FrameError::Broken,
                _ => FrameError::Version,
            });
        };
        let read = match *kind {
            PART => postcard::take_from_bytes(body).map(|(head, rest)| Frame::Part(head, rest)),
            DELTA => postcard::take_from_bytes(body).map(|(head, rest)| Frame::Delta(head, rest)),
            OTHER => postcard::from_bytes(body).map(Frame::Said),
            HEAT => return Ok(Frame::Heat(body)),
            _ => return Err(FrameError::Broken),
        };
        read.map_err(|_| FrameError::Broken)
    }
}

/// Everything of a frame but its records.
pub fn part_head(head: &PartHead) -> Vec<u8> {
    headed(PART, head)
}

pub fn delta_head(head: &DeltaHead) -> Vec<u8> {
    headed(DELTA, head)
}

pub fn said(said: &Said) -> Vec<u8> {
    headed(OTHER, said)
}

pub fn heat(heat: &Heat) -> Vec<u8> {
    headed(HEAT, heat)
}

fn headed(kind: u8, head: &impl Serialize) -> Vec<u8> {
    // Writing these into memory cannot fail.
    postcard::to_extend(head, vec![BINARY_VERSION, kind]).unwrap_or_default()
}

pub fn ask(ask: &Ask) -> Vec<u8> {
    postcard::to_extend(ask, vec![BINARY_VERSION]).unwrap_or_default()
}

/// What a page sent, or what is wrong with it. Never panics, whatever the bytes.
pub fn read_ask(bytes: &[u8]) -> Result<Ask, String> {
    match bytes.split_first() {
        None => Err("an empty message".into()),
        Some((&BINARY_VERSION, body)) => postcard::from_bytes(body)
            .map_err(|error| format!("not a message of this protocol: {error}")),
        Some((other, _)) => Err(format!(
            "version {other} is not spoken here, only {BINARY_VERSION}: reload the page"
        )),
    }
}
