//! Chance that can be repeated.

use crate::scenario::chance::Chance;

#[test]
fn one_seed_is_one_course_and_another_is_another() {
    let course = |seed| {
        let mut chance = Chance::of(seed, &[]);
        [chance.bits(), chance.bits(), chance.bits()]
    };
    assert_eq!(course(7), course(7));
    assert_ne!(course(7), course(8));
}

#[test]
fn what_is_drawn_lies_within_its_limits() {
    let mut chance = Chance::of(1, &[2, 3]);
    for _ in 0..10_000 {
        assert!((0.0..1.0).contains(&chance.share()));
        assert!((-1.0..=1.0).contains(&chance.noise()));
        assert!(chance.below(3) < 3);
    }
    assert_eq!(chance.below(0), 0);
    assert_eq!(chance.pick::<u8>(&[]), None);
}
