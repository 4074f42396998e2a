//! The languages the product speaks. A word shown to a person always says for whom.

use serde::{Deserialize, Serialize};

/// A language of the interface: Chinese first, English beside it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Zh,
    En,
}
