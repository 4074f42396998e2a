//! How long to wait before the next try to connect: doubling, capped, spread by chance so that
//! a thousand desks do not come back in the same second.

/// The wait before try `attempt` (from 1), in milliseconds. `chance` is from 0 to 1.
pub fn wait_ms(attempt: u32, chance: f64) -> u32 {
    const FIRST_MS: f64 = 400.0;
    const MOST_MS: f64 = 15_000.0;
    let doubled = FIRST_MS * 2.0_f64.powi(attempt.saturating_sub(1).min(16) as i32);
    let spread = 0.5 + chance.clamp(0.0, 1.0) / 2.0;
    (doubled.min(MOST_MS) * spread) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_cap_and_is_spread_over_its_upper_half() {
        assert_eq!(wait_ms(1, 1.0), 400);
        assert_eq!(wait_ms(1, 0.0), 200);
        assert_eq!(wait_ms(3, 1.0), 1600);
        assert_eq!(wait_ms(40, 1.0), 15_000);
        assert_eq!(wait_ms(u32::MAX, 0.0), 7_500);
    }
}
