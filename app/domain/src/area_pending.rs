//! Stands in until the real module lands; then this file goes.
use crate::place::Position;
use serde::{Deserialize, Serialize};
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Area(Vec<Position>);
