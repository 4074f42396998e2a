//! All viewers that look through one lens, and what they are told: written down once for all of them, in the order of cells,
//! so that whatever part of the world a viewer looks at, its share is a few slices of the same bytes.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use domain::interest::{Cell, Cover, Run};
use domain::time::Timestamp;
use domain::wire::RemovedWhy;
use domain::wire::live::{self, DeltaHead};
use domain::wire::measured::put_measured;
use domain::wire::record::{put_changed, put_gone};

use super::cells::Thermometer;
use super::frames::Framed;
use super::item::Item;
use super::lens::Lens;
use super::scene::{History, Scene};
use super::things::Shown;

/// Starting positions remembered of one tick: viewers that missed some ticks missed mostly the same.
const MOST_REMEMBERED: usize = 32;

/// Frames kept for whoever else looks at the same: most look at the whole city.
const MOST_FRAMES: usize = 32;

pub struct Class {
    pub mark: u64,
    pub lens: Lens,
    /// The account or key that was the first to look like this.
    pub asked_by: Option<String>,
    /// All up to the same position.
    latest: Mutex<Vec<Arc<Told>>>,
    pub heat: Arc<Thermometer>,
}

impl Class {
    pub fn new(mark: u64, lens: Lens, heat: Arc<Thermometer>, asked_by: Option<String>) -> Self {
        Self {
            mark,
            lens,
            asked_by,
            latest: Mutex::default(),
            heat,
        }
    }

    /// Whether what changed between two positions is at hand.
    pub fn knows(&self, from: u64, to: u64) -> bool {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().any(|told| told.from == from && told.to == to)
    }

    /// What changed after a position; None where the ring does not reach back so far.
    pub fn told_since(&self, scene: &Scene, from: u64) -> Option<Arc<Told>> {
        let known = |latest: &Vec<Arc<Told>>| {
            let fits = |told: &&Arc<Told>| told.from == from && told.to == scene.position;
            latest.iter().find(fits).cloned()
        };
        if let Some(told) = known(&self.latest.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Some(told);
        }
        let told = Arc::new(Told::of(scene, &self.lens, from)?);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.retain(|other| other.to == told.to);
        if latest.len() < MOST_REMEMBERED {
            latest.push(told.clone());
        }
        Some(told)
    }
}

/// The records of what changed between two positions.
pub struct Told {
    pub from: u64,
    pub to: u64,
    pub now: Timestamp,
    bytes: Vec<u8>,
    /// Where the records of a cell begin, by strip and cell.
    begins: Vec<(Cell, usize)>,
    strips: Vec<Stretch>,
    frames: Mutex<Vec<Frame>>,
}

/// Where the cells of a strip end, and their records.
struct Stretch {
    strip: Strip,
    behind: usize,
    end: usize,
}

/// What is told to all who look at the same and were told the same before; nothing if it is none of theirs.
struct Frame {
    cover: Cover,
    from: u64,
    framed: Option<Arc<Framed>>,
}

/// For whom records are. `IN_PLACE`, before all others: whoever looks at the cell. Above it by a level: whoever looks at the cell
/// and may not have looked at where the thing was, because between the two lies a border of this level.
type Strip = u8;
const IN_PLACE: Strip = 0;

fn across(level: u8) -> Strip {
    level + 1
}

impl Told {
    fn of(scene: &Scene, lens: &Lens, from: u64) -> Option<Self> {
        let mut notes = Notes::default();
        let now = scene.now();
        for history in scene.histories_since(from)? {
            notes.take(&history, lens, now);
        }
        Some(notes.sorted((from, scene.position), now))
    }

    /// The share of a viewer of these runs of cells, whose cover is of a level.
    pub fn slices(&self, runs: &[Run], level: u8) -> Vec<Range<usize>> {
        let mut slices: Vec<Range<usize>> = Vec::new();
        let mut from = 0;
        for stretch in &self.strips {
            if stretch.strip == IN_PLACE || stretch.strip >= across(level) {
                let of_strip = &self.begins[from..stretch.behind];
                share(of_strip, stretch.end, runs, &mut slices);
            }
            from = stretch.behind;
        }
        slices
    }

    /// The frame of a viewer that holds all of its cover and was told up to `from`; None if there is no news in it.
    pub fn frame(&self, cover: Cover, runs: &[Run], from: u64) -> Option<Arc<Framed>> {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |frame: &&Frame| frame.from == from && frame.cover == cover;
        if let Some(known) = frames.iter().find(same) {
            return known.framed.clone();
        }
        let slices = self.slices(runs, cover.level());
        let framed = (!slices.is_empty()).then(|| Arc::new(self.joined(from, &slices)));
        if frames.len() < MOST_FRAMES {
            frames.push(Frame {
                cover,
                from,
                framed: framed.clone(),
            });
        }
        framed
    }

    /// The frame of whoever was told up to `from`, with these slices.
    pub fn joined(&self, from: u64, slices: &[Range<usize>]) -> Framed {
        let head = live::delta_head(&DeltaHead {
            from,
            ahead: self.to - from,
            now: self.now,
        });
        let slices = slices.iter().map(|slice| &self.bytes[slice.clone()]);
        Framed::binary_of(std::iter::once(head.as_slice()).chain(slices))
    }
}

/// What of a strip, whose records stop at `end`, lies in runs: both ascend, so each is passed through once, in leaps.
fn share(of_strip: &[(Cell, usize)], end: usize, runs: &[Run], slices: &mut Vec<Range<usize>>) {
    let (mut ahead, mut runs) = (of_strip, runs);
    while let Some((cell, _)) = ahead.first() {
        runs = leap(runs, |run| Cell::behind(*run) <= *cell);
        let Some(run) = runs.first() else {
            return;
        };
        ahead = leap(ahead, |(cell, _)| *cell < Cell::first_of(*run));
        let begin = ahead.first().map_or(end, |(_, begin)| *begin);
        ahead = leap(ahead, |(cell, _)| *cell < Cell::behind(*run));
        let stop = ahead.first().map_or(end, |(_, begin)| *begin);
        match slices.last_mut() {
            _ if begin == stop => {}
            Some(last) if last.end == begin => last.end = stop,
            _ => slices.push(begin..stop),
        }
    }
}

/// What is left behind those that are passed, which come first: soon found where few are passed, however many there are.
fn leap<T>(all: &[T], is_passed: impl Fn(&T) -> bool) -> &[T] {
    let mut far = 1;
    while all.get(far - 1).is_some_and(&is_passed) {
        far *= 2;
    }
    let sure = far / 2;
    let within = &all[sure..all.len().min(far)];
    &all[sure + within.partition_point(is_passed)..]
}

/// Records as they are found, not yet in order.
#[derive(Default)]
struct Notes {
    bytes: Vec<u8>,
    places: Vec<(Strip, Cell, Range<usize>)>,
}

impl Notes {
    fn note(&mut self, strip: Strip, cell: Cell, write: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.bytes.len();
        write(&mut self.bytes);
        self.places.push((strip, cell, begin..self.bytes.len()));
    }

    fn whole(&mut self, strip: Strip, shown: &Shown) {
        self.note(strip, shown.cell, |out| {
            out.extend_from_slice(shown.record())
        });
    }

    fn gone(&mut self, was: &Shown, why: RemovedWhy) {
        self.note(IN_PLACE, was.cell, |out| put_gone(out, was.number, why));
    }

    fn take(&mut self, history: &History<'_>, lens: &Lens, now: Timestamp) {
        let seen = history.before.filter(|shown| lens.shows(&shown.item));
        let last = history.last;
        let is = last.filter(|shown| lens.shows(&shown.item));
        match (seen, is) {
            (None, None) => {}
            (None, Some(is)) => self.whole(IN_PLACE, is),
            (Some(was), None) => {
                let why = last.and_then(|shown| lens.why_not(&shown.item));
                self.gone(was, why.unwrap_or(RemovedWhy::Gone));
            }
            (Some(was), Some(is)) if was.number != is.number => {
                self.gone(was, RemovedWhy::Gone);
                self.whole(IN_PLACE, is);
            }
            (Some(was), Some(is)) => {
                self.changed(was, history, lens, now);
                if let Some(level) = was.cell.parted_at(is.cell) {
                    self.whole(across(level), is);
                }
            }
        }
    }

    /// Of what moves the latest is told, of an incident every change; all of it where it was at first.
    fn changed(&mut self, was: &Shown, history: &History<'_>, lens: &Lens, now: Timestamp) {
        let Some(is) = history.last else {
            return;
        };
        let all_seen = || {
            let states = history.states.iter();
            states.map(|state| (*state).filter(|shown| lens.shows(&shown.item)))
        };
        self.note(IN_PLACE, was.cell, |out| match (&was.item, &is.item) {
            (Item::Unit(before), Item::Unit(after)) => {
                if !after.put_moved(out, is.number, before, now) {
                    out.extend_from_slice(is.record());
                }
            }
            (Item::Sensor(before), Item::Sensor(after)) => {
                if !put_measured(out, is.number, before, after, now) {
                    out.extend_from_slice(is.record());
                }
            }
            // Changes one by one only while it stays: a page forgets what moves out of its view.
            (Item::Incident(_), Item::Incident(_))
                if all_seen().all(|state| state.is_some_and(|state| state.cell == was.cell)) =>
            {
                let mut before = was;
                for after in all_seen().flatten() {
                    if let (Item::Incident(one), Item::Incident(other)) =
                        (&before.item, &after.item)
                    {
                        put_changed(out, after.number, &one.brief, &other.brief);
                    }
                    before = after;
                }
            }
            _ => out.extend_from_slice(is.record()),
        });
    }

    fn sorted(mut self, (from, to): (u64, u64), now: Timestamp) -> Told {
        self.places
            .sort_by_key(|(strip, cell, range)| (*strip, *cell, range.start));
        let mut told = Told {
            from,
            to,
            now,
            bytes: Vec::with_capacity(self.bytes.len()),
            begins: Vec::new(),
            strips: Vec::new(),
            frames: Mutex::default(),
        };
        for (strip, cell, range) in self.places {
            let stretch = told.strips.last();
            let goes_on = stretch.is_some_and(|stretch| stretch.strip == strip);
            let in_same = told.begins.last().is_some_and(|(last, _)| *last == cell);
            if !(goes_on && in_same) {
                told.begins.push((cell, told.bytes.len()));
            }
            told.bytes.extend_from_slice(&self.bytes[range]);
            let stretch = Stretch {
                strip,
                behind: told.begins.len(),
                end: told.bytes.len(),
            };
            match told.strips.last_mut().filter(|_| goes_on) {
                Some(last) => *last = stretch,
                None => told.strips.push(stretch),
            }
        }
        told
    }
}
