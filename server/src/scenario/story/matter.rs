//! One thing that is the matter in the city, before anybody has said a word of it.

use domain::category::CategoryCode;
use domain::place::Position;

use crate::scenario::chance::Chance;
use crate::scenario::ground::Ground;
use crate::scenario::truth::{Ambiguity, DecidedBy};
use crate::scenario::whereabouts::Whereabouts;
use crate::scenario::words::Kind;

/// Where something is, and how its neighbours call the place.
#[derive(Clone)]
pub struct Spot {
    pub town: usize,
    pub position: Position,
    pub whereabouts: Whereabouts,
    /// A place everybody finds by its name.
    pub at_landmark: bool,
}

pub struct Matter {
    pub number: usize,
    /// None where nobody could tell from what is said.
    pub category: Option<CategoryCode>,
    pub family: String,
    /// How people speak of it; none in a pack of another language.
    pub kind: Option<&'static Kind>,
    pub spot: Spot,
    /// Seconds of the day.
    pub from_s: f64,
    pub until_s: f64,
    /// How far it reaches from its middle, in metres.
    pub spread_m: f64,
    pub drill: bool,
    /// What exactly has happened, of what happens in the kind.
    pub story: usize,
    /// Which of its words the first caller uses.
    pub first_words: usize,
    pub told: usize,
    /// No caller knows their place worse than this, in metres.
    pub worst_accuracy_m: f64,
    pub doubt: Option<Doubt>,
    pub remark: &'static str,
}

/// What makes a matter hard to decide.
pub struct Doubt {
    pub ambiguity: Ambiguity,
    pub decided_by: DecidedBy,
    /// Kinds the words fit, where they fit several.
    pub fits: Vec<CategoryCode>,
    pub said: Saying,
}

/// How who reports it speaks of it.
pub enum Saying {
    /// Within a frame that names something else: `{s}` is the matter.
    Framed(Vec<String>),
    /// In these words, `{p}` for where.
    Unsure(&'static [&'static str]),
    /// At a place called so.
    At(String),
    /// Plainly, on a form on which another kind is ticked.
    Ticked(CategoryCode),
}

impl Matter {
    pub fn name(&self) -> String {
        format!("M{:04}", self.number + 1)
    }
}

impl Spot {
    pub fn of(
        ground: &Ground,
        town: usize,
        position: Position,
        landmark: &str,
        at_landmark: bool,
        chance: &mut Chance,
    ) -> Self {
        let there = &ground.towns[town];
        Self {
            town,
            position,
            whereabouts: Whereabouts::of(there, landmark, at_landmark, ground.chinese, chance),
            at_landmark,
        }
    }
}
