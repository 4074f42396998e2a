//! How two ways of doing the same are compared: in turns (A-B-A-B), five rounds, the median of the ratios of each round,
//! so that a machine that is slower for a while is slower for both.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Length {
    Quick,
    Full,
}

impl Length {
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }

    /// How long each side works in a round: ten seconds or a minute for two sides.
    pub fn of_a_turn(self) -> Duration {
        match self {
            Self::Quick => Duration::from_secs(1),
            Self::Full => Duration::from_secs(6),
        }
    }
}

pub const ROUNDS: usize = 5;

/// Nanoseconds a unit of work, of ours and of each peer, in each round.
pub struct Turns {
    pub ours: Vec<f64>,
    pub peers: Vec<Vec<f64>>,
}

/// One side: does some units of work, and says how many.
pub type Work<'a> = Box<dyn FnMut() -> usize + 'a>;

/// Everybody works in turns until all rounds are done.
pub fn in_turns(length: Length, ours: &mut Work<'_>, peers: &mut [Work<'_>]) -> Turns {
    let mut turns = Turns {
        ours: Vec::new(),
        peers: vec![Vec::new(); peers.len()],
    };
    for _ in 0..ROUNDS {
        turns.ours.push(turn(length, ours));
        for (peer, found) in peers.iter_mut().zip(&mut turns.peers) {
            found.push(turn(length, peer));
        }
    }
    turns
}

fn turn(length: Length, work: &mut Work<'_>) -> f64 {
    let mut done = 0;
    let begun = Instant::now();
    while begun.elapsed() < length.of_a_turn() {
        done += work();
    }
    begun.elapsed().as_nanos() as f64 / done.max(1) as f64
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How many times as much the peer needs: the median over the rounds.
pub fn times_ours(ours: &[f64], peer: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours
        .iter()
        .zip(peer)
        .map(|(ours, peer)| peer / ours)
        .collect();
    median(&ratios)
}
