//! A place written as people pass it on, in the system and the way they ask for; and read back, whichever way it is
//! typed. Pure.

use domain::crs::Crs;
use domain::place::Position;

use crate::text::number::{decimals, read as read_number};

/// How a place is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Notation {
    #[default]
    Wgs84,
    Cgcs2000,
    Gcj02,
    /// Degrees and minutes, of WGS-84.
    Minutes,
    /// Degrees, minutes and seconds, of WGS-84.
    Seconds,
}

impl Notation {
    pub const ALL: [Self; 5] = [
        Self::Wgs84,
        Self::Cgcs2000,
        Self::Gcj02,
        Self::Minutes,
        Self::Seconds,
    ];

    /// The same in both languages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "WGS-84",
            Self::Cgcs2000 => "CGCS2000",
            Self::Gcj02 => "GCJ-02",
            Self::Minutes => "° ′",
            Self::Seconds => "° ′ ″",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    pub fn system(self) -> Crs {
        match self {
            Self::Cgcs2000 => Crs::Cgcs2000,
            Self::Gcj02 => Crs::Gcj02,
            Self::Wgs84 | Self::Minutes | Self::Seconds => Crs::Wgs84,
        }
    }

    /// Longitude first, as everywhere in this product; a letter says which is which where it is not plain numbers.
    pub fn written(self, at: Position) -> String {
        let (longitude, latitude) = self.system().from_wgs84(at.longitude(), at.latitude());
        let both = |write: fn(f64) -> String| {
            let letter = |positive, plus, minus| if positive { plus } else { minus };
            let east = letter(longitude >= 0.0, "E", "W");
            let north = letter(latitude >= 0.0, "N", "S");
            let (longitude, latitude) = (write(longitude.abs()), write(latitude.abs()));
            format!("{longitude}{east} {latitude}{north}")
        };
        match self {
            Self::Wgs84 | Self::Cgcs2000 | Self::Gcj02 => {
                format!("{}, {}", decimals(longitude, 6), decimals(latitude, 6))
            }
            Self::Minutes => both(minutes),
            Self::Seconds => both(seconds),
        }
    }
}

/// To a ten-thousandth of a minute, 0.2 m.
fn minutes(degrees: f64) -> String {
    let all = (degrees * 600_000.0).round() / 10_000.0;
    let whole = (all / 60.0).floor();
    format!(
        "{}°{}′",
        decimals(whole, 0),
        decimals(all - whole * 60.0, 4)
    )
}

/// To a hundredth of a second, 0.3 m.
fn seconds(degrees: f64) -> String {
    let all = (degrees * 360_000.0).round() / 100.0;
    let whole = (all / 3600.0).floor();
    let rest = all - whole * 3600.0;
    let minute = (rest / 60.0).floor();
    let second = decimals(rest - minute * 60.0, 2);
    format!("{}°{}′{second}″", decimals(whole, 0), decimals(minute, 0))
}

/// Reads two angles, each in degrees with an optional sign, in degrees and minutes, or with seconds; letters (E W N S, 东 西
/// 北 南) may stand before or behind and then say which is which. Without letters longitude comes first, unless only the
/// other way round can be meant. `system` is what plain numbers are taken to be in.
pub fn read(text: &str, system: Crs) -> Option<Position> {
    let [first, second] = angles(text)?;
    let (longitude, latitude) = match (first.axis, second.axis) {
        (Some(Axis::North), Some(Axis::East) | None) | (None, Some(Axis::East)) => (second, first),
        (Some(Axis::East), Some(Axis::East)) | (Some(Axis::North), Some(Axis::North)) => {
            return None;
        }
        (None, None) if first.degrees.abs() <= 90.0 && second.degrees.abs() > 90.0 => {
            (second, first)
        }
        _ => (first, second),
    };
    let (longitude, latitude) = system.to_wgs84(longitude.degrees, latitude.degrees);
    Position::from_degrees(longitude, latitude).ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    East,
    North,
}

#[derive(Clone, Copy)]
struct Angle {
    degrees: f64,
    axis: Option<Axis>,
}

/// The letter and what it makes of a number.
fn letter(character: char) -> Option<(Axis, f64)> {
    match character.to_ascii_uppercase() {
        'E' | '东' => Some((Axis::East, 1.0)),
        'W' | '西' => Some((Axis::East, -1.0)),
        'N' | '北' => Some((Axis::North, 1.0)),
        'S' | '南' => Some((Axis::North, -1.0)),
        _ => None,
    }
}

/// What belongs together: a number and what follows it until the next angle begins.
#[derive(Default)]
struct Parts {
    numbers: Vec<f64>,
    letter: Option<(Axis, f64)>,
    /// A sign of degrees, minutes or seconds was written, so a space need not end the angle.
    marked: bool,
}

impl Parts {
    fn angle(self) -> Option<Angle> {
        let degrees = *self.numbers.first()?;
        let small = |index: usize| self.numbers.get(index).copied().unwrap_or(0.0);
        let (minute, second) = (small(1), small(2));
        let parts_fit = (0.0..60.0).contains(&minute) && (0.0..60.0).contains(&second);
        if self.numbers.len() > 3 || !parts_fit || (self.numbers.len() > 1 && !self.marked) {
            return None;
        }
        let size = degrees.abs() + minute / 60.0 + second / 3600.0;
        let (axis, turn) = self
            .letter
            .map_or((None, 1.0), |(axis, turn)| (Some(axis), turn));
        let sign = if degrees < 0.0 { -1.0 } else { 1.0 };
        Some(Angle {
            degrees: size * sign * turn,
            axis,
        })
    }
}

fn angles(text: &str) -> Option<[Angle; 2]> {
    let mut done: Vec<Angle> = Vec::new();
    let mut now = Parts::default();
    let mut number = String::new();
    for character in text.trim().chars().chain([',']) {
        if character.is_ascii_digit() || matches!(character, '.' | '-' | '+') {
            number.push(character);
            continue;
        }
        if !number.is_empty() {
            now.numbers.push(read_number(&std::mem::take(&mut number))?);
        }
        match character {
            '°' | '度' | '′' | '\'' | '’' | '分' => now.marked = true,
            '″' | '"' | '”' | '秒' => now.marked = true,
            ',' | '，' | ';' | '；' | '\t' | '/' => {
                if !now.numbers.is_empty() {
                    done.push(std::mem::take(&mut now).angle()?);
                }
            }
            ' ' => {
                if now.numbers.len() == 1 && !now.marked && now.letter.is_none() {
                    done.push(std::mem::take(&mut now).angle()?);
                }
            }
            _ => {
                let found = letter(character)?;
                match (now.letter, now.numbers.is_empty()) {
                    // Behind its numbers it ends the angle.
                    (None, false) => {
                        now.letter = Some(found);
                        done.push(std::mem::take(&mut now).angle()?);
                    }
                    (None, true) => now.letter = Some(found),
                    // Before its numbers it begins one, and the angle before has ended.
                    (Some(_), _) => {
                        done.push(std::mem::take(&mut now).angle()?);
                        now.letter = Some(found);
                    }
                }
            }
        }
    }
    done.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position::from_degrees(longitude, latitude).expect("a position")
    }

    #[test]
    fn a_place_is_written_in_every_way_people_ask_for() {
        let square = at(113.7518, 23.0207);
        for (notation, written) in [
            (Notation::Wgs84, "113.751800, 23.020700"),
            (Notation::Cgcs2000, "113.751800, 23.020700"),
            (Notation::Minutes, "113°45.1080′E 23°1.2420′N"),
            (Notation::Seconds, "113°45′6.48″E 23°1′14.52″N"),
        ] {
            assert_eq!(notation.written(square), written);
        }
        // Some 600 m off, and back again by the same name.
        let shifted = Notation::Gcj02.written(square);
        let back = read(&shifted, Crs::Gcj02).expect("read back");
        assert!(square.distance_m(back) < 0.3, "{shifted}");
        let taken_plain = read(&shifted, Crs::Wgs84).expect("read plain");
        assert!(square.distance_m(taken_plain) > 300.0);
        assert_eq!(
            Notation::Seconds.written(at(-0.5, -59.999_999)),
            "0°30′0.00″W 60°0′0.00″S"
        );
    }

    #[test]
    fn a_place_is_read_however_it_is_typed() {
        for typed in [
            "113.7518, 23.0207",
            "113.7518，23.0207",
            "113.7518 23.0207",
            "23.0207 113.7518",
            "113.7518E 23.0207N",
            "N23.0207 E113.7518",
            "北23.0207 东113.7518",
            "23.0207N,113.7518E",
            "113°45.108′E 23°1.242′N",
            "113°45'6.48\"E 23°1'14.52\"N",
            "E 113° 45′ 6.48″ N 23° 1′ 14.52″",
            "东113度45分6.48秒 北23度1分14.52秒",
        ] {
            let found = read(typed, Crs::Wgs84).unwrap_or_else(|| panic!("{typed} is not read"));
            assert!(
                found.distance_m(at(113.7518, 23.0207)) < 0.3,
                "{typed} is {found:?}"
            );
        }
        for typed in [
            "",
            "虎门",
            "113.7518",
            "113.75E 114.2E",
            "113 45 6, 23 1 14",
            "113°75′E 23°1′N",
            "E0301202611230042",
            "200, 100",
            "1.2.3 4",
        ] {
            assert!(read(typed, Crs::Wgs84).is_none(), "{typed} is no place");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            longitude in -179.9..179.9f64, latitude in -84.0..84.0f64, which in 0..Notation::ALL.len(),
        ) {
            let (place, notation) = (at(longitude, latitude), Notation::ALL[which]);
            let found = read(&notation.written(place), notation.system());
            let found = found.expect("read back");
            prop_assert!(found.distance_m(place) < 0.4, "{} is {found:?}", notation.written(place));
        }

        #[test]
        fn nothing_typed_is_too_strange(text in "\\PC{0,40}") {
            let _read_or_not = read(&text, Crs::Gcj02);
        }
    }
}
