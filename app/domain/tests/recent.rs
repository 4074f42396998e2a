//! What a thing has sent is known again, whatever its order and however much of it there is; only old generations are forgotten.

use std::collections::BTreeMap;

use domain::recent::{RecentIds, Sent};
use domain::time::Timestamp;
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn sent(id: u64, version: u32, content: u32) -> Sent {
    Sent {
        id,
        version,
        content,
    }
}

/// Numbers as hashes are, so that their order is none.
fn id_of(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

proptest! {
    #[test]
    fn it_knows_what_a_plain_map_knows(said in prop::collection::vec((0_u64..400, 0_u32..4, any::<u32>()), 1..900)) {
        let (mut recent, mut plain) = (RecentIds::default(), BTreeMap::new());
        for (second, (number, version, content)) in (0..).zip(said) {
            let one = sent(id_of(number), version, content);
            prop_assert_eq!(recent.find(one.id), plain.get(&one.id).copied());
            match plain.insert(one.id, one) {
                None => recent.put(one, at(second)),
                Some(_) => recent.replace(one),
            }
            prop_assert_eq!(recent.forget_before(at(second)), 0, "the newest 4,096 are never forgotten");
        }
        prop_assert_eq!(recent.len(), plain.len());
        for (id, one) in &plain {
            prop_assert_eq!(recent.find(*id), Some(*one));
        }
        let bytes = postcard::to_stdvec(&recent).expect("it can be written");
        prop_assert_eq!(postcard::from_bytes::<RecentIds>(&bytes).expect("and read"), recent);
    }
}

/// Snapshots and the digest know a generation as its newest moment, its ids in order and those that are not yet.
#[test]
fn it_is_written_as_ever() {
    type Written = Vec<(Timestamp, Vec<[u32; 3]>, Vec<[u32; 3]>)>;
    let mut recent = RecentIds::default();
    for second in 0..19 {
        recent.put(sent(id_of(second), 0, second as u32), at(second as i64));
    }
    let kept = |number: u64| {
        let id = id_of(number);
        [(id >> 32) as u32, id as u32, number as u32]
    };
    let mut sorted: Vec<_> = (0..16).map(kept).collect();
    sorted.sort_unstable();
    let fresh: Vec<_> = (16..19).map(kept).collect();
    let written: Written = vec![(at(18), sorted, fresh)];
    let versions = BTreeMap::<u64, u32>::new();
    let bytes = postcard::to_stdvec(&(written, versions)).expect("it can be written");
    assert_eq!(postcard::to_stdvec(&recent).expect("this too"), bytes);
    let mut read: RecentIds = postcard::from_bytes(&bytes).expect("and read");
    assert_eq!(read, recent);
    for second in 19..30 {
        read.put(sent(id_of(second), 0, second as u32), at(second as i64));
        recent.put(sent(id_of(second), 0, second as u32), at(second as i64));
    }
    assert_eq!(read, recent, "it goes on as if it had never been written");
}

#[test]
fn the_oldest_are_forgotten_once_they_are_old_and_the_newest_4096_never() {
    let mut recent = RecentIds::default();
    for number in 0..20_000 {
        let version = if number % 5_000 == 0 { 7 } else { 0 };
        recent.put(sent(id_of(number), version, 0), at(number as i64));
    }
    assert_eq!(recent.forget_before(at(0)), 0, "nothing is old yet");
    let forgotten = recent.forget_before(at(10_000));
    assert!((8_000..=10_000).contains(&forgotten), "{forgotten}");
    assert_eq!(recent.find(id_of(0)), None, "gone with its version");
    assert_eq!(recent.find(id_of(10_001)), Some(sent(id_of(10_001), 0, 0)));
    assert_eq!(recent.find(id_of(15_000)), Some(sent(id_of(15_000), 7, 0)));
    recent.forget_before(at(1_000_000));
    assert!(
        (4_096..4_096 + 2_048).contains(&recent.len()),
        "{}",
        recent.len()
    );
    for number in 20_000 - 4_096..20_000 {
        assert!(recent.find(id_of(number)).is_some());
    }
}
