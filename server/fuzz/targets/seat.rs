//! Any messages to one viewer's seat, one after the other: each is answered or refused with a reason, and the page can read
//! every answer. Never a panic, never an endless answer.
#![no_main]

use std::sync::{Arc, LazyLock};

use domain::ids::{SourceId, ThingId};
use domain::observation::Motion;
use domain::picture::Picture;
use domain::place::Position;
use domain::time::Timestamp;
use domain::unit::{HeardAs, Unit};
use domain::wire::live::Frame;
use gulou::city::Source;
use gulou::stream::{Hub, answered};
use libfuzzer_sys::fuzz_target;

/// More frames than so few units and messages can be told in.
const ENDLESS: usize = 10_000;

static HUB: LazyLock<Hub> = LazyLock::new(|| Hub::start(&picture(), 7).0);

fn picture() -> Picture {
    let mut picture = Picture::empty();
    picture.city = gulou::city::load(&Source::Embedded)
        .ok()
        .map(|loaded| Arc::new(loaded.city));
    let at = Timestamp::from_millis(0);
    for index in 0..50 {
        let thing = ThingId::new(&format!("bus-{index}")).expect("a name");
        let source = SourceId::new("buses").expect("a name");
        let position = Position::from_e6(113_700_000 + index * 7_000, 23_000_000).expect("a place");
        let heard = vec![HeardAs {
            source: source.clone(),
            thing: thing.clone(),
            position,
            observed_at: at,
        }];
        let unit = Unit {
            id: thing.clone(),
            source,
            position,
            motion: Motion::default(),
            observed_at: at,
            heard_at: at,
            town: None,
            drill: false,
            heard,
        };
        picture.units.insert(thing, Arc::new(unit));
    }
    picture
}

fuzz_target!(|bytes: &[u8]| {
    // Two bytes of length before each message.
    let mut messages = Vec::new();
    let mut rest = bytes;
    while let [high, low, more @ ..] = rest {
        let length = (usize::from(*high) << 8 | usize::from(*low)).min(more.len());
        let (message, behind) = more.split_at(length);
        messages.push(message);
        rest = behind;
    }
    let told = answered(&HUB, &messages);
    assert!(told.len() < ENDLESS);
    for frame in told {
        Frame::read(&frame).expect("a page can read it");
    }
});
