//! One round among all viewers. Most stand where others stand: what was found for one of them is at hand for the next, without
//! another look at the scene, which may be changing meanwhile.

use std::sync::Arc;
use std::time::Instant;

use domain::interest::{Cover, Run};

use super::class::{Class, Told};
use super::frames::Framed;
use super::hub::Hub;

/// More ways of standing are looked up each for itself.
const MOST_FOUND: usize = 8;

pub struct Round {
    pub begun: Instant,
    /// Where the scene stood when the round began; whoever stands there has been told everything.
    pub position: u64,
    found: Vec<Found>,
}

/// What those are told who look through one lens at one part of the world and were told up to the same positions.
pub struct Found {
    class: Arc<Class>,
    cover: Cover,
    /// Up to here nothing is missing to them, and up to here they know it.
    at: u64,
    told: u64,
    /// Where they stand then.
    pub to: u64,
    /// None if nothing of it is in their part of the world.
    pub framed: Option<Arc<Framed>>,
}

impl Round {
    pub fn begin(hub: &Hub) -> Self {
        Self {
            begun: Instant::now(),
            position: hub.read(|scene| scene.position),
            found: Vec::new(),
        }
    }

    /// None where the ring does not reach back so far.
    pub fn found(
        &mut self,
        hub: &Hub,
        class: &Arc<Class>,
        (cover, held): (Cover, &[Run]),
        (at, told): (u64, u64),
    ) -> Option<&Found> {
        let same = |found: &Found| {
            found.at == at
                && found.told == told
                && found.cover == cover
                && Arc::ptr_eq(&found.class, class)
        };
        if let Some(place) = self.found.iter().position(same) {
            return self.found.get(place);
        }
        let news: Arc<Told> = hub.read(|scene| class.told_since(scene, at))?;
        if self.found.len() == MOST_FOUND {
            self.found.remove(0);
        }
        self.found.push(Found {
            class: class.clone(),
            cover,
            at,
            told,
            to: news.to,
            framed: news.frame(cover, held, told),
        });
        self.found.last()
    }
}
