//! How things look on the map, and on which sheet they lie. Decided here and nowhere else; pure.

use std::sync::OnceLock;

use domain::category::Severity;
use domain::place::Position;
use domain::time::Timestamp;
use domain::wire::{IncidentView, SensorView, UnitView};

use super::marks::{
    FLAG_AGES, FLAG_CALLS, FLAG_DONE, FLAG_DRILL, FLAG_DUE, INKS, Ink, Mark, Shape,
};
use super::projection::{Near, angle};
use crate::live::lists::calls;

/// The sheets, from the ground up: the serious lie on top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sheet {
    Sensors,
    Units,
    Done,
    Minor,
    Moderate,
    Severe,
    Extreme,
    /// A place that people put on the wall.
    Place,
}

pub const SHEETS: usize = 8;

impl Sheet {
    pub const OF_THINGS: [Self; 2] = [Self::Sensors, Self::Units];
    pub const OF_INCIDENTS: [Self; 5] = [
        Self::Done,
        Self::Minor,
        Self::Moderate,
        Self::Severe,
        Self::Extreme,
    ];
}

pub type Colour = [f32; 3];

/// The tokens of the theme that the layer draws with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Palette {
    /// In the order of `Ink`.
    pub inks: [Colour; INKS],
    pub selection: Colour,
    pub ground: Colour,
    pub text: Colour,
}

/// `#rrggbb` as three numbers from 0 to 1.
pub fn colour(token: &str) -> Option<Colour> {
    let digits = token
        .trim()
        .strip_prefix('#')
        .filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |from: usize| u8::from_str_radix(&digits[from..from + 2], 16).ok();
    Some([part(0)?, part(2)?, part(4)?].map(|part| f32::from(part) / 255.0))
}

/// The layer counts places from an origin and seconds from a moment, so that 32 bits are exact enough.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Base {
    pub near: Near,
    /// The city's time at the layer's second 0.
    pub begun: Timestamp,
}

impl Base {
    pub fn at(origin: Position, begun: Timestamp) -> Self {
        Self {
            near: Near::to(origin),
            begun,
        }
    }

    pub fn seconds(&self, at: Timestamp) -> f32 {
        (at.since(self.begun) as f64 / 1000.0) as f32
    }

    pub fn place(&self, at: Position) -> [f32; 2] {
        self.near.place(at).map(|part| part as f32)
    }
}

/// How small the marks of a crowd are drawn, from 1 down: together they cover no more than a part of the map, or nobody would
/// see the city, nor the incidents. `pixels` are those of the page.
pub fn shrunk(count: usize, pixels: f64) -> f32 {
    const MOST_COVERED: f64 = 0.2;
    const MARK_PIXELS: f64 = 64.0;
    const SMALLEST: f32 = 0.3;
    let covered = count as f64 * MARK_PIXELS / pixels.max(1.0);
    if covered <= MOST_COVERED {
        return 1.0;
    }
    ((MOST_COVERED / covered).sqrt() as f32).max(SMALLEST)
}

/// How strongly units are drawn beside the heat that stands for them: those of a crowd fade into it, a few stay as they are.
pub fn beside_heat(count: usize, pixels: f64, heat: f32) -> f32 {
    const CROWD_PER_PIXEL: f64 = 1e-3;
    const MOST_FADED: f32 = 0.7;
    let crowd = (count as f64 / (CROWD_PER_PIXEL * pixels.max(1.0))).min(1.0) as f32;
    1.0 - MOST_FADED * heat * crowd
}

/// None where nobody knows where it is.
pub fn incident(view: &IncidentView, base: &Base) -> Option<(Sheet, Mark)> {
    let (sheet, shape, size, ink) = match view.severity {
        Severity::Extreme => (Sheet::Extreme, Shape::Octagon, 22, Ink::Extreme),
        Severity::Severe => (Sheet::Severe, Shape::Triangle, 17, Ink::Severe),
        Severity::Moderate => (Sheet::Moderate, Shape::Square, 13, Ink::Moderate),
        Severity::Minor => (Sheet::Minor, Shape::Circle, 12, Ink::Minor),
    };
    let at = base.place(view.position?);
    let mut mark = Mark::still(at, shape, size, ink);
    if view.drill {
        mark.flags |= FLAG_DRILL;
    }
    if !view.state.is_open() {
        mark.ink = Ink::Done;
        mark.flags |= FLAG_DONE;
        return Some((Sheet::Done, mark));
    }
    if calls(view) {
        mark.flags |= FLAG_CALLS;
    }
    if let Some(due) = view.deadline.as_ref().and_then(|deadline| deadline.due_at) {
        mark.flags |= FLAG_DUE;
        mark.since = base.seconds(due);
    }
    Some((sheet, mark))
}

/// An arrow that turns and goes on as it went; a dot where nobody knows where it is heading.
pub fn unit(view: &UnitView, period_ms: i64, base: &Base) -> Mark {
    let (shape, size) = match view.heading_deg {
        Some(_) => (Shape::Arrow, 10),
        None => (Shape::Dot, 7),
    };
    let mut mark = Mark::still(base.place(view.position), shape, size, Ink::Unit);
    mark.flags |= FLAG_AGES;
    mark.since = base.seconds(view.heard_at);
    mark.period = period_ms as f32 / 1000.0;
    if view.drill {
        mark.flags |= FLAG_DRILL;
    }
    if let Some(heading) = view.heading_deg {
        mark.turn = f32::from(heading).to_radians();
        let ahead = view.speed_mps.unwrap_or_default() * base.near.per_metre(view.position) as f32;
        mark.drift = ahead_by(heading).map(|part| part * ahead);
    }
    mark
}

/// One step towards a heading in whole degrees. The world's square counts to the south.
fn ahead_by(heading_deg: u16) -> [f32; 2] {
    static STEPS: OnceLock<Vec<[f32; 2]>> = OnceLock::new();
    let steps = STEPS.get_or_init(|| {
        let turns = (0..360).map(|degrees| f64::from(degrees).to_radians());
        turns
            .map(|turn| [angle::sin(turn), -angle::cos(turn)].map(|part| part as f32))
            .collect()
    });
    steps[usize::from(heading_deg % 360)]
}

/// A dot that takes colour only in alarm.
pub fn sensor(view: &SensorView, period_ms: i64, base: &Base) -> Option<Mark> {
    let (size, ink) = if view.in_alarm {
        (8, Ink::Alarm)
    } else {
        (6, Ink::Sensor)
    };
    let mut mark = Mark::still(base.place(view.position?), Shape::Dot, size, ink);
    mark.flags |= FLAG_AGES;
    mark.since = base.seconds(view.heard_at);
    mark.period = period_ms as f32 / 1000.0;
    Some(mark)
}

/// A ring and nothing else.
pub fn place(position: Position, base: &Base) -> Mark {
    Mark::still(base.place(position), Shape::Dot, 8, Ink::Selection)
}

#[cfg(test)]
pub mod tests;
