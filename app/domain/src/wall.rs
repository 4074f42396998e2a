//! What wall screens are told to show, as it goes over the wire. All of them follow one state, and so stay in step.

use serde::{Deserialize, Serialize};

use crate::ids::IncidentId;
use crate::place::Position;
use crate::time::Timestamp;

/// A tour turns to the next theme after this long unless it says otherwise.
pub const DWELL_S: u32 = 60;
/// Shorter cannot be read, longer is not a tour.
pub const DWELLS_S: std::ops::RangeInclusive<u32> = 10..=3600;
pub const MOST_THEMES: usize = 12;
const LONGEST_THEME: usize = 64;
const LONGEST_NAME: usize = 100;

/// What a desk put on the walls.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pin {
    Incident(IncidentId),
    /// The id of a theme.
    Theme(String),
    Tour(Tour),
    Place(PinnedPlace),
}

/// Themes one after the other. All walls turn at the same moments: the turn follows from the server's clock alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tour {
    pub themes: Vec<String>,
    #[serde(default = "usual_dwell")]
    pub dwell_s: u32,
}

fn usual_dwell() -> u32 {
    DWELL_S
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PinnedPlace {
    pub position: Position,
    #[serde(default)]
    pub name: String,
}

/// The state that walls follow.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WallView {
    pub pin: Option<Pin>,
    /// Who put it there, and when.
    pub by: Option<String>,
    pub since: Option<Timestamp>,
    /// The journal's block reached: a wall that shows it is up to date.
    pub position: u64,
    pub now: Timestamp,
}

impl Tour {
    /// `overview,ecology,fire` as a page's address says it; none where no theme is named.
    pub fn declared(themes: &str, dwell_s: Option<u32>) -> Option<Self> {
        let themes: Vec<String> = themes
            .split(',')
            .map(str::trim)
            .filter(|theme| is_theme(theme))
            .take(MOST_THEMES)
            .map(str::to_owned)
            .collect();
        let dwell_s = dwell_s
            .unwrap_or(DWELL_S)
            .clamp(*DWELLS_S.start(), *DWELLS_S.end());
        (!themes.is_empty()).then_some(Self { themes, dwell_s })
    }

    /// Which theme it is the turn of.
    pub fn turn(&self, now: Timestamp) -> usize {
        let turns = now
            .millis()
            .div_euclid(i64::from(self.dwell_s.max(1)) * 1000);
        turns.rem_euclid(self.themes.len().max(1) as i64) as usize
    }
}

/// Whether a text may be the id of a theme: it stands in addresses.
pub fn is_theme(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_THEME
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// What is wrong with a pin, each with where in the body.
pub fn faults(pin: &Pin) -> Vec<(&'static str, String)> {
    let theme = |pointer, theme: &str| {
        (!is_theme(theme)).then(|| {
            (
                pointer,
                format!("\"{theme}\" is not the id of a theme: letters, digits, - and _ only"),
            )
        })
    };
    match pin {
        Pin::Incident(_) => Vec::new(),
        Pin::Theme(id) => theme("/theme", id).into_iter().collect(),
        Pin::Tour(tour) => {
            let mut faults: Vec<_> = tour
                .themes
                .iter()
                .filter_map(|id| theme("/tour/themes", id))
                .collect();
            if tour.themes.is_empty() || tour.themes.len() > MOST_THEMES {
                faults.push(("/tour/themes", format!("needs 1 to {MOST_THEMES} themes")));
            }
            if !DWELLS_S.contains(&tour.dwell_s) {
                let (least, most) = (DWELLS_S.start(), DWELLS_S.end());
                faults.push((
                    "/tour/dwell_s",
                    format!("is outside {least} to {most} seconds"),
                ));
            }
            faults
        }
        Pin::Place(place) if place.name.chars().count() > LONGEST_NAME => vec![(
            "/place/name",
            format!("is longer than {LONGEST_NAME} characters"),
        )],
        Pin::Place(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_written_as_what_it_is() {
        let cases = [
            (
                r#"{"incident":"i5-0"}"#,
                Pin::Incident(IncidentId::new(5, 0)),
            ),
            (r#"{"theme":"ecology"}"#, Pin::Theme("ecology".into())),
            (
                r#"{"tour":{"themes":["overview","fire"],"dwell_s":30}}"#,
                Pin::Tour(Tour {
                    themes: vec!["overview".into(), "fire".into()],
                    dwell_s: 30,
                }),
            ),
        ];
        for (text, pin) in cases {
            assert_eq!(serde_json::from_str::<Pin>(text).expect(text), pin);
            assert_eq!(serde_json::to_string(&pin).expect(text), text);
        }
        let place: Pin =
            serde_json::from_str(r#"{"place":{"position":[113.75,23.02]}}"#).expect("a place");
        assert!(faults(&place).is_empty());
    }

    #[test]
    fn what_cannot_be_shown_is_said_with_its_place() {
        let tour = |themes: &[&str], dwell_s| {
            Pin::Tour(Tour {
                themes: themes.iter().map(ToString::to_string).collect(),
                dwell_s,
            })
        };
        let pointers = |pin: &Pin| {
            faults(pin)
                .into_iter()
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        assert_eq!(pointers(&Pin::Theme("../desk".into())), ["/theme"]);
        assert_eq!(pointers(&tour(&[], 60)), ["/tour/themes"]);
        assert_eq!(pointers(&tour(&["fire"], 1)), ["/tour/dwell_s"]);
        assert!(pointers(&tour(&["fire"], 60)).is_empty());
    }

    #[test]
    fn every_wall_is_at_the_same_theme_at_the_same_moment() {
        let tour = Tour::declared("overview, ecology,fire,bad theme", Some(20)).expect("a tour");
        assert_eq!(tour.themes, ["overview", "ecology", "fire"]);
        let start = Timestamp::from_millis(60_000 * 1000);
        let turns: Vec<usize> = [0, 19_999, 20_000, 40_000, 60_000]
            .map(|ms| tour.turn(start.plus_millis(ms)))
            .into();
        assert_eq!(turns, [0, 0, 1, 2, 0]);
        assert_eq!(Tour::declared(" ,", None), None);
        assert_eq!(
            Tour::declared("a", Some(1)).map(|tour| tour.dwell_s),
            Some(10)
        );
    }
}
