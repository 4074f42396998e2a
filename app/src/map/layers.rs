//! The picture turned into arrays for the GPU: one instance a mark, `FLOATS` numbers each.
//! How things look is decided here and nowhere else; pure.

use std::collections::BTreeMap;

use domain::category::Severity;
use domain::ids::IncidentId;
use domain::place::Position;
use domain::theme::Freshness;
use domain::time::Timestamp;
use domain::wire::{IncidentView, SensorView, UnitView};

use super::projection::mercator;
use crate::live::ages::Ages;
use crate::live::lists::{calls, is_late};
use crate::order;

/// from x, from y, to x, to y, moved at, born at, size, shape, heading, red, green, blue, opacity, flags.
pub const FLOATS: usize = 14;

pub const SHAPE_CIRCLE: f32 = 0.0;
pub const SHAPE_SQUARE: f32 = 1.0;
pub const SHAPE_TRIANGLE: f32 = 2.0;
pub const SHAPE_OCTAGON: f32 = 3.0;
pub const SHAPE_ARROW: f32 = 4.0;
pub const SHAPE_DOT: f32 = 5.0;

pub const FLAG_LATE: u8 = 1;
pub const FLAG_SELECTED: u8 = 2;
/// Keeps pulsing: of the first level, and nobody has taken it.
pub const FLAG_CALLS: u8 = 4;
pub const FLAG_STALE: u8 = 8;
pub const FLAG_DONE: u8 = 16;
/// Practice: striped, so that nobody takes it for real.
pub const FLAG_DRILL: u8 = 32;

/// Units move to a new place in this time.
pub const MOVE_SECONDS: f64 = 0.9;

const PLACE_SIZE: f32 = 8.0;

pub type Colour = [f32; 3];

/// The tokens of the theme that the layer draws with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Palette {
    pub severity: [Colour; 4],
    pub unit: Colour,
    pub sensor: Colour,
    pub alarm: Colour,
    pub done: Colour,
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

/// A point that can be picked, in the order it is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    pub incident: IncidentId,
    pub at: [f64; 2],
}

/// The marks of a layer, and the longest any of them still moves (seconds of the layer's clock).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Marks {
    pub floats: Vec<f32>,
    pub moving_until: f64,
    /// Something keeps pulsing.
    pub calls: bool,
}

impl Marks {
    pub fn count(&self) -> usize {
        self.floats.len() / FLOATS
    }
}

struct Mark {
    from: [f64; 2],
    to: [f64; 2],
    moved_at: f64,
    born_at: f64,
    size: f32,
    shape: f32,
    heading_deg: f32,
    colour: Colour,
    opacity: f32,
    flags: u8,
}

impl Mark {
    fn still(at: [f64; 2], size: f32, shape: f32, colour: Colour) -> Self {
        Self {
            from: at,
            to: at,
            moved_at: 0.0,
            born_at: -1e6,
            size,
            shape,
            heading_deg: 0.0,
            colour,
            opacity: 1.0,
            flags: 0,
        }
    }

    fn put(&self, marks: &mut Marks, origin: [f64; 2]) {
        let [red, green, blue] = self.colour;
        marks.floats.extend_from_slice(&[
            (self.from[0] - origin[0]) as f32,
            (self.from[1] - origin[1]) as f32,
            (self.to[0] - origin[0]) as f32,
            (self.to[1] - origin[1]) as f32,
            self.moved_at as f32,
            self.born_at as f32,
            self.size,
            self.shape,
            self.heading_deg.to_radians(),
            red,
            green,
            blue,
            self.opacity,
            f32::from(self.flags),
        ]);
    }
}

/// What the layer needs to know besides the things themselves.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    pub now: Timestamp,
    /// Seconds of the layer's own clock, small enough for f32.
    pub seconds: f64,
    pub origin: [f64; 2],
    pub palette: &'a Palette,
}

/// Incidents: the less serious first, so that the serious lie on top; the selected one above all.
/// `born` says when (in the layer's seconds) an incident first appeared here.
pub fn incidents<'a>(
    views: impl Iterator<Item = &'a IncidentView>,
    selected: Option<IncidentId>,
    born: &BTreeMap<IncidentId, f64>,
    moment: Moment<'_>,
) -> (Marks, Vec<Spot>) {
    let views: Vec<(&IncidentView, Position)> = views
        .filter_map(|view| view.position.map(|position| (view, position)))
        .collect();
    let views = order::by_key(&views, |(view, _)| {
        (
            selected == Some(view.id),
            view.state.is_open(),
            std::cmp::Reverse(view.severity),
            view.id,
        )
    });
    let mut marks = Marks::default();
    let mut spots = Vec::with_capacity(views.len());
    for (view, position) in views {
        let at = mercator(position);
        let mark = incident(
            view,
            at,
            selected == Some(view.id),
            born.get(&view.id).copied(),
            moment,
        );
        marks.calls |= mark.flags & FLAG_CALLS != 0;
        marks.moving_until = marks.moving_until.max(mark.born_at + 0.6);
        mark.put(&mut marks, moment.origin);
        spots.push(Spot {
            incident: view.id,
            at,
        });
    }
    (marks, spots)
}

fn incident(
    view: &IncidentView,
    at: [f64; 2],
    selected: bool,
    born_at: Option<f64>,
    moment: Moment<'_>,
) -> Mark {
    let (shape, size) = match view.severity {
        Severity::Extreme => (SHAPE_OCTAGON, 22.0),
        Severity::Severe => (SHAPE_TRIANGLE, 17.0),
        Severity::Moderate => (SHAPE_SQUARE, 13.0),
        Severity::Minor => (SHAPE_CIRCLE, 12.0),
    };
    let open = view.state.is_open();
    let colour = moment.palette.severity[usize::from(view.severity.level() - 1)];
    let mut mark = Mark::still(
        at,
        size,
        shape,
        if open { colour } else { moment.palette.done },
    );
    mark.born_at = born_at.unwrap_or(mark.born_at);
    if is_late(view, moment.now) {
        mark.flags |= FLAG_LATE;
    }
    if selected {
        mark.flags |= FLAG_SELECTED;
    }
    if !open {
        mark.flags |= FLAG_DONE;
        mark.opacity = 0.7;
    }
    if calls(view) {
        mark.flags |= FLAG_CALLS;
    }
    if view.drill {
        mark.flags |= FLAG_DRILL;
    }
    mark
}

/// Where a unit was drawn last, so that it glides from there.
pub type Trails = BTreeMap<String, Trail>;

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trail {
    from: [f64; 2],
    to: [f64; 2],
    moved_at: f64,
}

impl Trail {
    fn at(&self, seconds: f64) -> [f64; 2] {
        let part = ((seconds - self.moved_at) / MOVE_SECONDS).clamp(0.0, 1.0);
        [0, 1].map(|axis| self.from[axis] + (self.to[axis] - self.from[axis]) * part)
    }
}

/// Units as arrows that turn and glide. `trails` is brought up to date.
pub fn units<'a>(
    views: impl Iterator<Item = &'a UnitView>,
    trails: &mut Trails,
    ages: &mut Ages<'_>,
    moment: Moment<'_>,
) -> Marks {
    let mut marks = Marks::default();
    let mut kept = Trails::new();
    for view in views {
        let (opacity, stale) = match ages.of(&view.source, view.heard_at) {
            Freshness::Live => (1.0, false),
            Freshness::Ageing => (0.7, false),
            Freshness::Stale => (0.7, true),
            Freshness::Gone => continue,
        };
        let to = mercator(view.position);
        let key = view.id.as_str().to_owned();
        let trail = match trails.get(&key) {
            Some(trail) if trail.to == to => *trail,
            Some(trail) => Trail {
                from: trail.at(moment.seconds),
                to,
                moved_at: moment.seconds,
            },
            None => Trail {
                from: to,
                to,
                moved_at: -1e6,
            },
        };
        let (shape, size) = match view.heading_deg {
            Some(_) => (SHAPE_ARROW, 10.0),
            None => (SHAPE_DOT, 7.0),
        };
        let mut mark = Mark::still(to, size, shape, moment.palette.unit);
        (mark.from, mark.moved_at) = (trail.from, trail.moved_at);
        mark.heading_deg = f32::from(view.heading_deg.unwrap_or_default());
        mark.opacity = opacity;
        if stale {
            mark.flags |= FLAG_STALE;
        }
        marks.moving_until = marks.moving_until.max(trail.moved_at + MOVE_SECONDS);
        mark.put(&mut marks, moment.origin);
        kept.insert(key, trail);
    }
    *trails = kept;
    marks
}

/// Sensors as dots that take colour only in alarm.
pub fn sensors<'a>(
    views: impl Iterator<Item = &'a SensorView>,
    ages: &mut Ages<'_>,
    moment: Moment<'_>,
) -> Marks {
    let mut marks = Marks::default();
    for view in views {
        let Some(position) = view.position else {
            continue;
        };
        let colour = if view.in_alarm {
            moment.palette.alarm
        } else {
            moment.palette.sensor
        };
        let mut mark = Mark::still(
            mercator(position),
            if view.in_alarm { 8.0 } else { 6.0 },
            SHAPE_DOT,
            colour,
        );
        match ages.of(&view.source, view.heard_at) {
            Freshness::Live => {}
            Freshness::Ageing => mark.opacity = 0.7,
            Freshness::Stale => mark.flags |= FLAG_STALE,
            Freshness::Gone => continue,
        }
        mark.put(&mut marks, moment.origin);
    }
    marks
}

/// A place that people put on the wall: a ring and nothing else.
pub fn place(marks: &mut Marks, position: Position, moment: Moment<'_>) {
    let mut mark = Mark::still(
        mercator(position),
        PLACE_SIZE,
        SHAPE_DOT,
        moment.palette.selection,
    );
    mark.flags |= FLAG_SELECTED;
    mark.put(marks, moment.origin);
}

#[cfg(test)]
mod tests;
