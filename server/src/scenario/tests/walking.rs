//! Things happen inside the towns they are said to be in, and paths lead where they should.

use std::sync::Arc;

use super::{ground, pack};
use crate::scenario::chance::Chance;
use crate::scenario::ground::Ground;
use crate::scenario::path::Path;

#[test]
fn things_happen_inside_the_town_they_are_said_to_be_in() {
    for name in ["dongguan", "new-york"] {
        let ground = Ground::of(Arc::new(pack(name)), 7).expect("it has outlines");
        let mut chance = Chance::of(7, &[]);
        for town in 0..ground.towns.len() {
            for _ in 0..20 {
                let (position, _) = ground.somewhere_in(town, &mut chance);
                let found = ground.town_at(position);
                assert_eq!(found, Some(town), "{}", ground.towns[town].name);
            }
        }
    }
}

#[test]
fn the_accounts_fit_the_pack_of_dongguan() {
    let city = super::dongguan();
    for account in crate::demo::accounts() {
        if let Some(department) = account.department {
            assert!(city.departments.contains_key(&department), "{department}");
        }
        if let Some(town) = account.town {
            assert!(city.town(&town).is_some(), "{town}");
        }
        assert!(account.password.chars().count() >= 8);
    }
}

#[test]
fn a_path_begins_and_ends_where_it_should_and_back() {
    let ground = ground();
    let (from, to) = (ground.landmarks[0].position, ground.landmarks[3].position);
    let path = Path::bent(from, to, 0.2);
    for (path, from, to) in [(&path, from, to), (&path.reversed(), to, from)] {
        assert!(path.at(0.0).0.distance_m(from) < 1.0);
        assert!(path.at(path.length_m()).0.distance_m(to) < 1.0);
        assert!(path.length_m() >= from.distance_m(to) * 0.99);
    }
}

#[test]
fn the_name_of_a_landmark_is_said_where_the_matter_is_right_there() {
    let ground = ground();
    let mut chance = Chance::of(3, &[]);
    for _ in 0..200 {
        let (town, position, name) = ground.at_a_landmark(&mut chance).expect("stations");
        let landmark = ground.landmarks.iter().find(|one| one.name == name);
        let landmark = landmark.expect("its own");
        assert!(landmark.position.distance_m(position) < 160.0);
        assert_eq!(ground.town_at(position), Some(town));
    }
}
