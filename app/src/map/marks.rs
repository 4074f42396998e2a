//! One mark as the GPU takes it, and the marks of one sheet: dense, by the server's numbers, with a note of what changed.
//! What a mark looks like at a moment (where it has got to, how old it is) the shaders count from it. Pure.

use crate::numbered::Numbered;

/// Numbers of 32 bits a mark takes: three texels.
pub const WORDS: usize = 12;
/// A mark and the place it is written to.
pub const WRITE_WORDS: usize = WORDS + 1;

/// What is told anew is reached from where it was drawn in this time.
pub const GLIDE_SECONDS: f32 = 0.9;
/// A new mark's ring grows for so long.
pub const BIRTH_SECONDS: f32 = 0.6;
/// Changes that may wait beside two of each mark.
const SOME: usize = 64;
/// Of something that was there before anybody looked.
pub const LONG_AGO: f32 = -1e6;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    Circle,
    Square,
    Triangle,
    Octagon,
    Arrow,
    Dot,
}

/// Places in the list of colours the shader is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    Extreme,
    Severe,
    Moderate,
    Minor,
    Unit,
    Sensor,
    Alarm,
    Done,
    Selection,
}

pub const INKS: usize = 9;

/// Keeps pulsing: of the first level, and nobody has taken it.
pub const FLAG_CALLS: u32 = 1;
pub const FLAG_DONE: u32 = 2;
/// Practice: striped, so that nobody takes it for real.
pub const FLAG_DRILL: u32 = 4;
/// `since` is when it was heard, `period` how long it looks live.
pub const FLAG_AGES: u32 = 8;
/// `since` is when it is due.
pub const FLAG_DUE: u32 = 16;

/// Stands in a sign far out, and shows for itself as much as the sign does not.
pub const FLAG_HELD: u32 = 512;

/// Times are seconds of the layer's clock, places those of the world's square from the layer's origin.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mark {
    /// Where it was when it was heard.
    pub at: [f32; 2],
    /// On its way a second; it is believed to go on like that for one period.
    pub drift: [f32; 2],
    /// From where it now is believed to where it was drawn when that was told: fades within `GLIDE_SECONDS` of `told_at`.
    pub slip: [f32; 2],
    pub told_at: f32,
    pub since: f32,
    pub period: f32,
    pub born_at: f32,
    pub shape: Shape,
    pub ink: Ink,
    /// Pixels of the page across.
    pub size: u32,
    pub flags: u32,
    /// Radians from north, to the right.
    pub turn: f32,
}

impl Mark {
    pub fn still(at: [f32; 2], shape: Shape, size: u32, ink: Ink) -> Self {
        Self {
            at,
            drift: [0.0; 2],
            slip: [0.0; 2],
            told_at: LONG_AGO,
            since: 0.0,
            period: 0.0,
            born_at: LONG_AGO,
            shape,
            ink,
            size,
            flags: 0,
            turn: 0.0,
        }
    }

    /// Where it is drawn at a moment. The vertex shader counts the same.
    pub fn place(&self, seconds: f32) -> [f32; 2] {
        let gone_on = (seconds - self.since).clamp(0.0, self.period);
        let part = ((seconds - self.told_at) / GLIDE_SECONDS).clamp(0.0, 1.0);
        [0, 1]
            .map(|axis| self.at[axis] + self.drift[axis] * gone_on + self.slip[axis] * (1.0 - part))
    }

    /// Told at `seconds` what was drawn as `before`: goes on from where that one was.
    pub fn glides_from(&mut self, before: &Mark, seconds: f32) {
        let drawn = before.place(seconds);
        let believed = self.place(seconds);
        self.slip = [0, 1].map(|axis| drawn[axis] - believed[axis]);
        self.told_at = seconds;
    }

    fn words(&self) -> [u32; WORDS] {
        let look = self.shape as u32 | (self.ink as u32) << 4 | self.size << 8 | self.flags << 16;
        [
            self.at[0].to_bits(),
            self.at[1].to_bits(),
            self.drift[0].to_bits(),
            self.drift[1].to_bits(),
            self.slip[0].to_bits(),
            self.slip[1].to_bits(),
            self.told_at.to_bits(),
            self.since.to_bits(),
            self.period.to_bits(),
            self.born_at.to_bits(),
            look,
            self.turn.to_bits(),
        ]
    }

    /// The layer's clock begins so many seconds later.
    fn shift(&mut self, seconds: f32) {
        self.told_at -= seconds;
        self.since -= seconds;
        self.born_at -= seconds;
    }
}

/// How fast marks of a sheet move, at most: how soon another frame would show it.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Pace {
    /// Of the world's square a second.
    pub drift: f32,
    pub slip: f32,
    pub slips_until: f32,
    pub born_until: f32,
}

impl Pace {
    fn of(mark: &Mark) -> Self {
        let length = |[x, y]: [f32; 2]| x.abs().max(y.abs());
        Self {
            drift: length(mark.drift),
            slip: length(mark.slip) / GLIDE_SECONDS,
            slips_until: mark.told_at + GLIDE_SECONDS,
            born_until: mark.born_at + BIRTH_SECONDS,
        }
    }

    pub fn with(self, other: Self) -> Self {
        Self {
            drift: self.drift.max(other.drift),
            slip: self.slip.max(other.slip),
            slips_until: self.slips_until.max(other.slips_until),
            born_until: self.born_until.max(other.born_until),
        }
    }

    /// Seconds until something has moved by `step` of the world's square; none where all stand still.
    pub fn next_step(&self, seconds: f32, step: f32) -> Option<f32> {
        if self.born_until > seconds {
            return Some(0.0);
        }
        let slip = if self.slips_until > seconds {
            self.slip
        } else {
            0.0
        };
        let fastest = self.drift + slip;
        (fastest > 0.0).then(|| step / fastest)
    }
}

/// The marks of one sheet.
#[derive(Default, Debug)]
pub struct Marks {
    marks: Vec<Mark>,
    /// The number of each mark, in the same order.
    numbers: Vec<u32>,
    slots: Numbered<u32>,
    /// Slots whose marks the GPU does not have yet; may hold one twice.
    changed: Vec<u32>,
    pace: Pace,
}

impl Marks {
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    pub fn get(&self, number: u32) -> Option<&Mark> {
        self.slot(number).map(|slot| &self.marks[slot as usize])
    }

    pub fn slot(&self, number: u32) -> Option<u32> {
        self.slots.get(number).copied()
    }

    pub fn marks(&self) -> impl Iterator<Item = (u32, &Mark)> {
        self.numbers.iter().copied().zip(&self.marks)
    }

    /// Whether anything is other than before.
    pub fn put(&mut self, number: u32, mark: Mark) -> bool {
        let slot = match self.slots.get(number).copied() {
            Some(slot) if self.marks[slot as usize] == mark => return false,
            Some(slot) => {
                self.marks[slot as usize] = mark;
                slot
            }
            None => {
                let slot = self.marks.len() as u32;
                self.marks.push(mark);
                self.numbers.push(number);
                self.slots.insert(number, slot);
                slot
            }
        };
        self.pace = self.pace.with(Pace::of(&mark));
        self.note(slot);
        true
    }

    /// The last mark takes the place of the removed one.
    pub fn remove(&mut self, number: u32) -> Option<Mark> {
        let slot = self.slots.remove(number)?;
        let mark = self.marks.swap_remove(slot as usize);
        self.numbers.swap_remove(slot as usize);
        if let Some(moved) = self.numbers.get(slot as usize) {
            self.slots.insert(*moved, slot);
            self.note(slot);
        }
        Some(mark)
    }

    /// A page that nobody sees draws no frame and takes nothing away: beyond some, all are to be written.
    fn note(&mut self, slot: u32) {
        self.changed.push(slot);
        if self.changed.len() > 2 * self.marks.len() + SOME {
            self.all_anew();
        }
    }

    /// Keeps those whose number passes.
    pub fn keep(&mut self, stays: impl Fn(u32) -> bool) {
        let over: Vec<u32> = self
            .numbers
            .iter()
            .copied()
            .filter(|number| !stays(*number))
            .collect();
        for number in over {
            self.remove(number);
        }
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Counts the pace anew: what was fast may stand by now.
    pub fn survey(&mut self, seconds: f32) {
        let moving = self.marks.iter().filter(|mark| {
            mark.since + mark.period > seconds || mark.born_at + BIRTH_SECONDS > seconds
        });
        self.pace = moving.map(Pace::of).fold(Pace::default(), Pace::with);
    }

    /// The layer's clock begins so many seconds later.
    pub fn shift(&mut self, seconds: f32) {
        for mark in &mut self.marks {
            mark.shift(seconds);
        }
        self.pace.slips_until -= seconds;
        self.pace.born_until -= seconds;
        self.all_anew();
    }

    /// The GPU has lost everything.
    pub fn all_anew(&mut self) {
        self.changed = (0..self.marks.len() as u32).collect();
    }

    /// What the GPU is to write: a slot and its mark, one after the other.
    pub fn writes(&mut self) -> Vec<u32> {
        let changed = std::mem::take(&mut self.changed);
        let mut writes = Vec::with_capacity(changed.len() * WRITE_WORDS);
        for slot in changed {
            // One that was the last may be gone since.
            if let Some(mark) = self.marks.get(slot as usize) {
                writes.push(slot);
                writes.extend_from_slice(&mark.words());
            }
        }
        writes
    }
}

#[cfg(test)]
mod tests;
