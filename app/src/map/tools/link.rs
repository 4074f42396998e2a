//! A view as an address: where the map looks, what is switched off, what is selected, which list, and the past moment if
//! there is one, and imagery. Written when a person asks for it, read when a page opens, and never changed by what arrives. Pure.

use domain::ids::IncidentId;
use domain::place::Position;
use domain::time::Timestamp;

use super::layer_choice::Choice;
use crate::live::lists::Tab;
use crate::text::number;

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Link {
    /// Centre and zoom.
    pub look: Option<(Position, f64)>,
    pub layers: Option<Choice>,
    pub incident: Option<IncidentId>,
    pub tab: Option<Tab>,
    /// Words the list is filtered by.
    pub words: String,
    /// A past moment; the picture of now has none.
    pub moment: Option<Timestamp>,
    /// As `Imagery` writes it: its dates, and where the divider stands; empty for none.
    pub imagery: String,
}

const ZOOMS: std::ops::RangeInclusive<f64> = 0.0..=22.0;
const LONGEST_WORDS: usize = 100;

impl Link {
    /// The query of the desk's address, with its `?`; empty for the usual view. `encode` writes words as an address may
    /// hold them.
    pub fn query(&self, encode: impl Fn(&str) -> String) -> String {
        let mut parts = Vec::new();
        if let Some((at, zoom)) = self.look {
            let [longitude, latitude] =
                [at.longitude(), at.latitude()].map(|degrees| number::decimals(degrees, 6));
            parts.push(format!(
                "map={longitude},{latitude},{}",
                number::decimals(zoom, 2)
            ));
        }
        if let Some(layers) = self.layers {
            // The usual ones too: who follows the link may have others switched off.
            parts.push(format!("layers={}", layers.written().replace(' ', ",")));
        }
        if let Some(incident) = self.incident {
            parts.push(format!("incident={incident}"));
        }
        if let Some(tab) = self.tab {
            parts.push(format!("list={}", tab.name()));
        }
        if !self.words.is_empty() {
            parts.push(format!("words={}", encode(&self.words)));
        }
        if let Some(moment) = self.moment {
            parts.push(format!("at={}", encode(&moment.to_rfc3339_utc())));
        }
        if !self.imagery.is_empty() {
            parts.push(format!("imagery={}", encode(&self.imagery)));
        }
        match parts.is_empty() {
            true => String::new(),
            false => format!("?{}", parts.join("&")),
        }
    }

    /// What is not understood is left out. `decode` undoes `encode`.
    pub fn read(query: &str, decode: impl Fn(&str) -> String) -> Self {
        let mut link = Self::default();
        for part in query.trim_start_matches('?').split('&') {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            match name {
                "map" => link.look = look(&decode(value)),
                "layers" => link.layers = Some(Choice::read(&decode(value).replace(',', " "))),
                "incident" => link.incident = value.parse().ok(),
                "list" => link.tab = Tab::ALL.into_iter().find(|tab| tab.name() == value),
                "words" => link.words = decode(value).chars().take(LONGEST_WORDS).collect(),
                "imagery" => link.imagery = decode(value),
                "at" => link.moment = Timestamp::parse_rfc3339(&decode(value)).ok(),
                _ => {}
            }
        }
        link
    }
}

fn look(text: &str) -> Option<(Position, f64)> {
    let mut numbers = text.split(',').map(number::read);
    let (longitude, latitude, zoom) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let at = Position::from_degrees(longitude, latitude).ok()?;
    ZOOMS.contains(&zoom).then_some((at, zoom))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::map::tools::layer_choice::Layer;

    fn plain(text: &str) -> String {
        text.replace('&', "%26").replace('=', "%3D")
    }

    fn unplain(text: &str) -> String {
        text.replace("%26", "&").replace("%3D", "=")
    }

    #[test]
    fn the_usual_view_needs_no_query_and_a_foreign_one_is_left_out() {
        assert_eq!(Link::default().query(plain), "");
        let link = Link::read(
            "?map=200,3,4&layers=&list=none&incident=x&at=soon&other=1&words=",
            unplain,
        );
        assert_eq!(link.layers, Some(Choice::default()));
        assert_eq!(
            Link {
                layers: None,
                ..link
            },
            Link::default()
        );
    }

    proptest! {
        #[test]
        fn a_view_comes_back_as_it_was_sent(
            (longitude, latitude, zoom) in (-179.0..179.0f64, -80.0..80.0f64, 300..2000_u32),
            number in any::<u64>(), tab in 0..Tab::ALL.len(), words in "[虎门积水 a-z&=]{0,20}",
            units in any::<bool>(), imagery in any::<bool>(), moment in proptest::option::of(0..2_000_000_000_000_i64),
        ) {
            let at = Position::from_degrees(longitude, latitude).expect("a position");
            let mut layers = Choice::default();
            layers.show(Layer::Units, units);
            let link = Link {
                look: Some((at, f64::from(zoom) / 100.0)),
                layers: Some(layers),
                incident: Some(IncidentId::new(number, 3)),
                tab: Some(Tab::ALL[tab]),
                words,
                moment: moment.map(Timestamp::from_millis),
                imagery: if imagery { "sat:2026-03-01:80:2026-10-01:35".into() } else { String::new() },
            };
            prop_assert_eq!(Link::read(&link.query(plain), unplain), link);
        }

        #[test]
        fn nothing_in_an_address_is_too_strange(query in "\\PC{0,80}") {
            let _link = Link::read(&query, |text| text.to_owned());
        }
    }
}
