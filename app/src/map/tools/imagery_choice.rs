//! Which imagery a person looks at: a layer, its date, how strongly, and the second date beside it with the place of the
//! divider. As links hold it. Pure.

use domain::wire::ground::{ImageryList, ImageryView, TilesView};

use super::layer_choice::LEAST_OPACITY;

/// Another date, right of the divider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    pub date: String,
    /// Where the divider stands, in percent of the map's width from the left.
    pub divider: u8,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imagery {
    pub layer: String,
    pub date: String,
    /// Percent.
    pub opacity: u8,
    pub compared: Option<Compared>,
}

const LONGEST_ID: usize = 40;
pub const MIDDLE: u8 = 50;

impl Imagery {
    /// The newest date of a layer; None where it has none.
    pub fn newest(layer: &ImageryView) -> Option<Self> {
        Some(Self {
            layer: layer.id.clone(),
            date: layer.images.last()?.date.clone(),
            opacity: 100,
            compared: None,
        })
    }

    /// With another date beside it: the one before, or the one behind the first.
    pub fn beside(mut self, layer: &ImageryView) -> Self {
        let at = layer
            .images
            .iter()
            .position(|image| image.date == self.date);
        let other = match at {
            Some(0) | None => layer.images.get(1),
            Some(at) => layer.images.get(at - 1),
        };
        if let Some(other) = other {
            let (mut left, mut right) = (other.date.clone(), self.date.clone());
            if left > right {
                std::mem::swap(&mut left, &mut right);
            }
            self.date = left;
            self.compared = Some(Compared {
                date: right,
                divider: MIDDLE,
            });
        }
        self
    }

    pub fn fade(&mut self, percent: u8) {
        self.opacity = percent.clamp(LEAST_OPACITY, 100);
    }

    /// `sat:2026-10-01:100`, with a second date and the divider `sat:2026-03-01:100:2026-10-01:50`.
    pub fn written(&self) -> String {
        let mut text = format!("{}:{}:{}", self.layer, self.date, self.opacity);
        if let Some(compared) = &self.compared {
            text.push_str(&format!(":{}:{}", compared.date, compared.divider));
        }
        text
    }

    /// None for what cannot be meant; whether there is such a layer and date the list says.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let layer = parts.next().filter(|id| is_id(id))?.to_owned();
        let date = parts.next().filter(|date| is_date(date))?.to_owned();
        let opacity = parts.next().and_then(|percent| percent.parse().ok());
        let compared = match (parts.next(), parts.next()) {
            (Some(date), divider) if is_date(date) => Some(Compared {
                date: date.to_owned(),
                divider: divider
                    .and_then(|percent| percent.parse().ok())
                    .unwrap_or(MIDDLE)
                    .min(100),
            }),
            _ => None,
        };
        let mut imagery = Self {
            layer,
            date,
            opacity: 100,
            compared,
        };
        imagery.fade(opacity.unwrap_or(100));
        Some(imagery)
    }
}

fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

pub fn layer_of<'a>(list: &'a ImageryList, id: &str) -> Option<&'a ImageryView> {
    list.layers.iter().find(|layer| layer.id == id)
}

/// The tiles of a date; None where the layer has no such date.
fn tiles_of<'a>(list: &'a ImageryList, layer: &str, date: &str) -> Option<&'a TilesView> {
    let images = &layer_of(list, layer)?.images;
    Some(&images.iter().find(|image| image.date == date)?.tiles)
}

/// The tiles of a choice and of what is compared with it, as far as they are there: none without the first date, and without
/// the second those of the first alone.
pub fn tiles_shown<'a>(
    list: &'a ImageryList,
    chosen: &Imagery,
) -> Option<(&'a TilesView, Option<&'a TilesView>)> {
    let of = |date: &str| tiles_of(list, &chosen.layer, date);
    let other = chosen.compared.as_ref();
    Some((of(&chosen.date)?, other.and_then(|other| of(&other.date))))
}

/// Of a choice, what there is.
pub fn present(list: &ImageryList, chosen: &Imagery) -> Option<Imagery> {
    let (_, other) = tiles_shown(list, chosen)?;
    Some(Imagery {
        compared: chosen.compared.clone().filter(|_| other.is_some()),
        ..chosen.clone()
    })
}

/// The dates of a choice that there are not.
pub fn missing<'a>(list: &ImageryList, chosen: &'a Imagery) -> Vec<&'a str> {
    let other = chosen.compared.as_ref().map(|other| other.date.as_str());
    let dates = std::iter::once(chosen.date.as_str()).chain(other);
    dates
        .filter(|date| tiles_of(list, &chosen.layer, date).is_none())
        .collect()
}

#[cfg(test)]
pub mod tests {
    use domain::wire::ground::{ImageView, TileKind};
    use proptest::prelude::*;

    use super::*;

    pub fn layer(dates: &[&str]) -> ImageryView {
        let image = |date: &&str| ImageView {
            date: (*date).to_owned(),
            tiles: TilesView {
                addresses: vec![format!("https://i.example/{date}/{{z}}/{{x}}/{{y}}")],
                tileset: None,
                kind: TileKind::Raster,
                min_zoom: 0,
                max_zoom: 18,
                bounds: None,
                layers: Vec::new(),
            },
        };
        ImageryView {
            id: "sat".into(),
            name: "影像".into(),
            name_en: "Imagery".into(),
            attribution: "某局".into(),
            images: dates.iter().map(image).collect(),
        }
    }

    #[test]
    fn one_begins_with_the_newest_and_compares_with_the_one_before() {
        let layer = layer(&["2025-10-01", "2026-03-01", "2026-10-01"]);
        let newest = Imagery::newest(&layer).expect("a date");
        assert_eq!(newest.date, "2026-10-01");
        let beside = newest.clone().beside(&layer);
        assert_eq!(beside.date, "2026-03-01");
        assert_eq!(
            beside.compared.as_ref().map(|other| other.date.as_str()),
            Some("2026-10-01")
        );
        let first = Imagery {
            date: "2025-10-01".into(),
            ..newest
        }
        .beside(&layer);
        assert_eq!(
            (
                first.date.as_str(),
                first.compared.expect("two").date.as_str()
            ),
            ("2025-10-01", "2026-03-01")
        );
    }

    #[test]
    fn a_layer_of_one_date_has_nothing_to_compare() {
        let layer = layer(&["2026-10-01"]);
        let newest = Imagery::newest(&layer).expect("a date");
        assert_eq!(newest.clone().beside(&layer), newest);
    }

    #[test]
    fn only_what_is_there_has_tiles() {
        let list = ImageryList {
            layers: vec![layer(&["2026-10-01"])],
        };
        assert!(tiles_of(&list, "sat", "2026-10-01").is_some());
        assert!(tiles_of(&list, "sat", "2026-10-02").is_none());
        assert!(tiles_of(&list, "radar", "2026-10-01").is_none());
    }

    #[test]
    fn what_shows_is_what_there_is_of_a_choice() {
        let list = ImageryList {
            layers: vec![layer(&["2026-03-01", "2026-10-01"])],
        };
        for (chosen, shows, lacks) in [
            (
                "sat:2026-03-01:70:2026-10-01:35",
                Some("sat:2026-03-01:70:2026-10-01:35"),
                &[][..],
            ),
            (
                "sat:2026-03-01:70:2026-09-09:35",
                Some("sat:2026-03-01:70"),
                &["2026-09-09"],
            ),
            ("sat:2026-09-09:70:2026-10-01:35", None, &["2026-09-09"]),
            (
                "radar:2026-03-01:70:2026-10-01:35",
                None,
                &["2026-03-01", "2026-10-01"],
            ),
        ] {
            let chosen = Imagery::read(chosen).expect("a choice");
            let shown = present(&list, &chosen).map(|shown| shown.written());
            assert_eq!(shown.as_deref(), shows);
            assert_eq!(missing(&list, &chosen), lacks);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(
            layer in "[a-z0-9-]{1,40}", date in "[0-9]{4}-[0-9]{2}-[0-9]{2}", opacity in LEAST_OPACITY..=100,
            other in proptest::option::of(("[0-9]{4}-[0-9]{2}-[0-9]{2}", 0..=100_u8)),
        ) {
            let compared = other.map(|(date, divider)| Compared { date, divider });
            let imagery = Imagery { layer, date, opacity, compared };
            prop_assert_eq!(Imagery::read(&imagery.written()), Some(imagery));
        }

        #[test]
        fn nothing_in_an_address_is_too_strange(text in "\\PC{0,60}") {
            if let Some(imagery) = Imagery::read(&text) {
                prop_assert_eq!(Imagery::read(&imagery.written()), Some(imagery));
            }
        }
    }
}
