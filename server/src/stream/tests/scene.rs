//! The shared picture itself: what has come of it by changes is what it would be if it were made of the Picture now.

use std::collections::{BTreeMap, BTreeSet};

use domain::unit::Unit;
use domain::view;
use domain::wire::Layer;
use domain::wire::record::Whole;
use proptest::prelude::*;

use super::RING;
use crate::single_writer::rehearsal::living::{Living, event};
use crate::single_writer::rehearsal::{Day, Said, humen, nancheng, source, thing};
use crate::stream::item::{Item, Key};
use crate::stream::scene::Scene;

/// Of an incident the clock's light is that of when it changed last, so it is not compared.
fn told(scene: &Scene) -> BTreeMap<String, Option<Whole>> {
    let all = scene.things.all();
    all.map(|(_, key, shown)| {
        let whole = match &shown.item {
            Item::Incident(_) => None,
            _ => Some(shown.told()),
        };
        (format!("{key:?}"), whole)
    })
    .collect()
}

/// The numbers of what is on a layer: as the layer knows them, and looked for among all.
fn on(scene: &Scene, layer: Layer) -> BTreeSet<u32> {
    let shown = scene.things.on(layer);
    shown.map(|shown| shown.number).collect()
}

fn among_all(scene: &Scene, layer: Layer) -> BTreeSet<u32> {
    let all = scene.things.all();
    let of_layer = all.filter(|(_, key, _)| key.layer() == layer);
    of_layer.map(|(_, _, shown)| shown.number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_has_come_of_changes_is_what_the_picture_says(
        events in prop::collection::vec(event(), 20..90),
        ring_limit in prop_oneof![Just(0), 1..20usize, Just(RING)],
    ) {
        let lived = Living::live(&events);
        let mut again = Day::begin();
        let mut scene = Scene::of(again.picture(), ring_limit);
        for block in &lived.journal {
            let stepped = again.machine.step(block);
            scene.take(&stepped);
            prop_assert_eq!(told(&scene), told(&Scene::of(again.picture(), 0)));
            for layer in Layer::ALL {
                prop_assert_eq!(on(&scene, layer), among_all(&scene, layer));
            }
            prop_assert!(scene.things.known() <= scene.things.all().count() + ring_limit);
        }
    }
}

#[test]
fn a_unit_that_only_moves_is_told_as_a_move_and_one_that_changes_as_a_whole() {
    let mut day = Day::begin();
    day.hear(Said::unit("bus-1", day.now, nancheng()));
    let mut scene = Scene::of(day.picture(), RING);
    let key = Key::Unit(thing("bus-1"));
    let unit = |scene: &Scene| match &scene.things.get(&key).expect("it is shown").item {
        Item::Unit(unit) => unit.clone(),
        other => panic!("a unit is shown as {other:?}"),
    };
    let before = unit(&scene);
    let mut is_a_move = |day: &mut Day, said: Said| {
        day.later(1);
        day.hear(said);
        let was = unit(&scene);
        scene.take(day.told.last().expect("a block"));
        let mut bytes = Vec::new();
        unit(&scene).put_moved(&mut bytes, 1, &was, day.now)
    };
    let further = nancheng().offset_m(20.0, 0.0);
    let said = Said::unit("bus-1", day.now, further);
    assert!(is_a_move(&mut day, said));
    let said = Said::unit("bus-1", day.now, humen());
    assert!(!is_a_move(&mut day, said), "it is in another town now");
    assert_ne!(unit(&scene).view().town, before.view().town);
}

#[test]
fn whatever_is_shown_of_a_unit_beside_its_whereabouts_is_no_move() {
    let mut day = Day::begin();
    day.hear(Said::unit("bus-1", day.now, nancheng()));
    let before = day.picture().units.values().next().expect("a unit").clone();
    let shown = view::unit(&day.city(), &before);
    let changed = |change: fn(&mut Unit)| {
        let mut unit = (*before).clone();
        change(&mut unit);
        view::only_moved(&shown, &unit)
    };
    let moves: [fn(&mut Unit); 4] = [
        |unit| unit.position = humen(),
        |unit| unit.motion.heading_deg = Some(359),
        |unit| unit.motion.speed_cmps = Some(77),
        |unit| unit.heard_at = unit.heard_at.plus_millis(5_000),
    ];
    let others: [fn(&mut Unit); 6] = [
        |unit| unit.source = source("another"),
        |unit| unit.motion.status = Some("free".into()),
        |unit| unit.motion.kind = Some("engine".into()),
        |unit| unit.town = None,
        |unit| unit.drill = !unit.drill,
        |unit| unit.heard.push(unit.heard[0].clone()),
    ];
    for (index, change) in moves.into_iter().enumerate() {
        assert!(changed(change), "move {index}");
    }
    for (index, change) in others.into_iter().enumerate() {
        assert!(!changed(change), "change {index}");
    }
}
