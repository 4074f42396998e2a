//! Chance that can be repeated: one seed, one course of events. Never for secrets.

/// SplitMix64 (Steele, Lea and Flood 2014): small, even enough for a scenario, the same on every machine.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A course of its own for each combination of facts.
    pub fn of(seed: u64, facts: &[u64]) -> Self {
        let mut chance = Self(seed);
        for fact in facts {
            chance.0 ^= *fact;
            chance.0 = chance.bits();
        }
        chance
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, 1.
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// 0 up to, not including, `count`; 0 where there is nothing to count.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.share() * count as f64) as usize).min(count.saturating_sub(1))
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Bell-shaped around 0, within -1 and 1.
    pub fn noise(&mut self) -> f64 {
        (self.share() + self.share() + self.share()) / 1.5 - 1.0
    }
}
