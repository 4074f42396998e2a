//! A look that the server refuses: which part of it, and why. The picture stays that of the look before.

use domain::wire::Problem;

use crate::text::Message;

/// What the server calls a look that it does not take.
const OF_A_LOOK: &str = "subscription";

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub part: Part,
    /// The server's own words.
    pub reason: String,
}

/// The part of a look that was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Filter,
    Layers,
    Extent,
    Whole,
}

impl Refusal {
    /// None for what is no answer to a look.
    pub fn of(problem: &Problem) -> Option<Self> {
        if problem.code != OF_A_LOOK {
            return None;
        }
        let (pointer, reason) = problem
            .detail
            .split_once(": ")
            .unwrap_or(("", &problem.detail));
        let part = match pointer {
            "/subscribe/filter" => Part::Filter,
            "/subscribe/layers" => Part::Layers,
            "/subscribe/bbox" | "/subscribe/zoom" => Part::Extent,
            _ => Part::Whole,
        };
        let reason = match part {
            Part::Whole => problem.detail.clone(),
            _ => reason.to_owned(),
        };
        Some(Self { part, reason })
    }
}

impl Part {
    pub fn message(self) -> Message {
        match self {
            Self::Filter => Message::LinkRefusedFilter,
            Self::Layers => Message::LinkRefusedLayers,
            Self::Extent => Message::LinkRefusedExtent,
            Self::Whole => Message::LinkRefused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, detail: &str) -> Option<Refusal> {
        Refusal::of(&Problem {
            code: code.to_owned(),
            detail: detail.to_owned(),
        })
    }

    #[test]
    fn a_refused_look_says_which_part_of_it_and_why() {
        for (detail, part, reason) in [
            (
                "/subscribe/filter: no field is called colour: ask for another",
                Part::Filter,
                "no field is called colour: ask for another",
            ),
            ("/subscribe/layers: heat", Part::Layers, "heat"),
            (
                "/subscribe/zoom: 31 is outside 0..30",
                Part::Extent,
                "31 is outside 0..30",
            ),
            (
                "something else: entirely",
                Part::Whole,
                "something else: entirely",
            ),
        ] {
            let reason = reason.to_owned();
            assert_eq!(
                refused("subscription", detail),
                Some(Refusal { part, reason })
            );
        }
    }

    #[test]
    fn other_problems_are_no_refused_look() {
        assert_eq!(refused("digest", "subscribe first"), None);
        assert_eq!(refused("unreadable", "/subscribe/filter: x"), None);
    }
}
