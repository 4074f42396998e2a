//! Which layers of the map a person wants to see, and how strongly; as the browser keeps it. Pure.

use domain::wire;

/// A layer a person may switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layer {
    Incidents,
    Units,
    Sensors,
    Boundaries,
    Names,
    /// How many units stand where, far out.
    Heat,
}

impl Layer {
    pub const ALL: [Self; 6] = [
        Self::Incidents,
        Self::Units,
        Self::Heat,
        Self::Sensors,
        Self::Boundaries,
        Self::Names,
    ];

    /// As kept, and as links name it; units, sensors and heat as on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::Units => "units",
            Self::Sensors => "sensors",
            Self::Boundaries => "boundaries",
            Self::Names => "names",
            Self::Heat => "heat",
        }
    }
}

/// Percent; 0 is off. What incidents show is never off: who looks at a map without them must know that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    shown: [bool; 6],
    opacity: [u8; 6],
}

pub const LEAST_OPACITY: u8 = 20;

impl Default for Choice {
    fn default() -> Self {
        Self {
            shown: [true; 6],
            opacity: [100; 6],
        }
    }
}

impl Choice {
    pub fn shows(&self, layer: Layer) -> bool {
        self.shown[layer as usize]
    }

    pub fn opacity(&self, layer: Layer) -> u8 {
        self.opacity[layer as usize]
    }

    /// What of the city is drawn, as the wire names it; alarms are listed wherever incidents are.
    pub fn drawn(&self) -> Vec<wire::Layer> {
        let is_drawn = |layer: &wire::Layer| match layer {
            wire::Layer::Incidents | wire::Layer::Alarms => true,
            wire::Layer::Units => self.shows(Layer::Units),
            wire::Layer::Sensors => self.shows(Layer::Sensors),
            wire::Layer::Heat => self.shows(Layer::Heat),
        };
        wire::Layer::ALL.into_iter().filter(is_drawn).collect()
    }

    /// With what of the city a seat drew in the place of one's own; as strongly as one wants it oneself.
    pub fn at_seat(mut self, drawn: &[wire::Layer]) -> Self {
        for (layer, named) in [
            (Layer::Units, wire::Layer::Units),
            (Layer::Sensors, wire::Layer::Sensors),
            (Layer::Heat, wire::Layer::Heat),
        ] {
            self.show(layer, drawn.contains(&named));
        }
        self
    }

    pub fn show(&mut self, layer: Layer, shown: bool) {
        self.shown[layer as usize] = shown || layer == Layer::Incidents;
    }

    pub fn fade(&mut self, layer: Layer, percent: u8) {
        self.opacity[layer as usize] = percent.clamp(LEAST_OPACITY, 100);
    }

    /// `units:0:70 sensors:1:100 …`, only what differs from the usual.
    pub fn written(&self) -> String {
        let usual = Self::default();
        let parts: Vec<String> = Layer::ALL
            .into_iter()
            .filter(|layer| {
                self.shows(*layer) != usual.shows(*layer)
                    || self.opacity(*layer) != usual.opacity(*layer)
            })
            .map(|layer| {
                let shown = u8::from(self.shows(layer));
                format!("{}:{shown}:{}", layer.name(), self.opacity(layer))
            })
            .collect();
        parts.join(" ")
    }

    /// What is not understood is left as usual.
    pub fn read(kept: &str) -> Self {
        let mut choice = Self::default();
        for part in kept.split(' ') {
            let mut words = part.split(':');
            let name = words.next().unwrap_or_default();
            let layer = Layer::ALL.into_iter().find(|layer| layer.name() == name);
            let (Some(layer), Some(shown), Some(opacity)) = (layer, words.next(), words.next())
            else {
                continue;
            };
            choice.show(layer, shown != "0");
            if let Ok(percent) = opacity.parse() {
                choice.fade(layer, percent);
            }
        }
        choice
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_switched_off_is_not_said_to_be_drawn() {
        let mut choice = Choice::default();
        assert_eq!(choice.drawn(), wire::Layer::ALL);
        for layer in Layer::ALL {
            choice.show(layer, false);
        }
        assert_eq!(
            choice.drawn(),
            [wire::Layer::Incidents, wire::Layer::Alarms]
        );
    }

    #[test]
    fn at_a_seat_its_layers_are_drawn_and_the_ground_as_one_has_it() {
        let own = Choice::read("units:0:70 names:0:100");
        let seat = own.at_seat(&[wire::Layer::Incidents, wire::Layer::Units]);
        assert_eq!(
            seat.drawn(),
            [
                wire::Layer::Incidents,
                wire::Layer::Alarms,
                wire::Layer::Units
            ]
        );
        assert_eq!(seat.opacity(Layer::Units), 70);
        assert!(!seat.shows(Layer::Names) && seat.shows(Layer::Boundaries));
    }

    #[test]
    fn incidents_are_never_switched_off_and_nothing_fades_away() {
        let choice = Choice::read("incidents:0:5 units:0:70 nonsense:1:1 sensors:x");
        assert!(choice.shows(Layer::Incidents) && !choice.shows(Layer::Units));
        assert_eq!(choice.opacity(Layer::Incidents), LEAST_OPACITY);
        assert_eq!(choice.opacity(Layer::Units), 70);
        assert_eq!(choice.opacity(Layer::Sensors), 100);
        assert_eq!(Choice::default().written(), "");
    }

    proptest! {
        #[test]
        fn a_choice_comes_back_as_it_was_kept(
            shown in proptest::array::uniform6(any::<bool>()), opacity in proptest::array::uniform6(0_u8..=120),
        ) {
            let mut choice = Choice::default();
            for layer in Layer::ALL {
                choice.show(layer, shown[layer as usize]);
                choice.fade(layer, opacity[layer as usize]);
            }
            prop_assert_eq!(Choice::read(&choice.written()), choice);
        }

        #[test]
        fn nothing_kept_is_too_strange(text in "\\PC{0,60}") {
            let choice = Choice::read(&text);
            prop_assert_eq!(Choice::read(&choice.written()), choice);
        }
    }
}
