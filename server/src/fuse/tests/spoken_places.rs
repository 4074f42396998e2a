//! Where a call is that came without a position: the place, village or town its words name, if they leave no doubt.

use domain::gazetteer::{Gazetteer, Spoken};
use domain::incident::JurisdictionReason;
use domain::jurisdictions::Jurisdictions;

use crate::single_writer::rehearsal::{Day, Said, dongguan, town_code};

fn spoken(text: &str) -> Spoken {
    let city = dongguan();
    Gazetteer::of(&city, &Jurisdictions::of(&city)).find(text)
}

fn town(name: &str) -> Option<domain::ids::JurisdictionCode> {
    let city = dongguan();
    let found = city.towns.iter().find(|town| town.name == name);
    Some(found.expect("a town of the pack").code.clone())
}

#[test]
fn a_town_is_known_by_its_full_and_by_its_short_name() {
    assert_eq!(spoken("虎门镇太平广场附近").town, town("虎门镇"));
    assert_eq!(spoken("虎门大道上有个坑").town, town("虎门镇"));
    assert_eq!(spoken("There is a fire in Humen").town, town("虎门镇"));
    assert_eq!(spoken("Humenlike").town, None, "a Latin name only whole");
}

#[test]
fn two_towns_are_none() {
    let both = spoken("从虎门往长安方向堵车");
    assert_eq!((both.town, both.place), (None, None));
}

#[test]
fn a_place_gives_its_position_and_its_town() {
    let station = spoken("鸿福路站A出口有人晕倒");
    if let Some(place) = &station.place {
        assert_eq!(place.name, "鸿福路站");
    }
    let station = spoken("旗峰公园站A出口有人晕倒");
    let place = station.place.expect("a metro station of the pack");
    assert_eq!(place.name, "旗峰公园站");
    assert!(station.town.is_some());
}

#[test]
fn a_place_in_another_town_than_the_one_said_is_left_out() {
    let odd = spoken("虎门镇旗峰公园站");
    assert_eq!(odd.town, town("虎门镇"));
    assert_eq!(odd.place, None);
}

#[test]
fn a_village_is_known_with_its_ending_or_beside_its_town() {
    assert_eq!(spoken("温塘社区的路灯不亮").town, town("东城街道"));
    assert_eq!(
        spoken("东城温塘的路灯不亮").village.as_deref(),
        Some("温塘社区居民委员会")
    );
    assert_eq!(
        spoken("温塘的路灯不亮").town,
        None,
        "a bare name may be anything"
    );
}

#[test]
fn a_call_that_names_its_town_goes_to_the_town_s_department() {
    let mut day = Day::begin();
    let now = day.now;
    let incident = day.opens(Said::call("1", now, None, "虎门镇这边路灯不亮，晚上很黑"));
    assert_eq!(incident.town, town("虎门镇"));
    assert!(matches!(
        &incident.why.jurisdiction,
        JurisdictionReason::Said(said) if said.name == "虎门镇"
    ));
    assert!(
        incident.lead.is_some(),
        "a known kind in a known town is dispatched"
    );
    let nowhere = day.opens(Said::call("2", now, None, "路灯不亮，晚上很黑"));
    assert_eq!(nowhere.town, None);
    assert_eq!(nowhere.lead, None);
}

#[test]
fn a_position_that_was_given_is_never_replaced_by_words() {
    let mut day = Day::begin();
    let now = day.now;
    let there = crate::single_writer::rehearsal::humen();
    let said = Said::call("1", now, Some(there), "南城的朋友说这边路灯不亮");
    let incident = day.opens(said);
    assert_eq!(incident.position, Some(there));
    assert_ne!(incident.town, Some(town_code("441900004")));
}

#[test]
fn two_calls_from_nowhere_about_one_place_are_one() {
    let mut day = Day::begin();
    let now = day.now;
    let first = day.opens(Said::call("1", now, None, "旗峰公园站出口路面积水很深"));
    day.hear(Said::call("2", now, None, "旗峰公园站这里水浸了，过不去"));
    assert_eq!(day.evidence_of(first.id).len(), 2);
}
