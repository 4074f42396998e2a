//! Stands in until the real module lands; then this file goes.
use crate::{area::Area, place::Position};
pub struct LookupTable;
impl LookupTable {
    pub fn build(_a: &[Area], _c: u16) -> Self {
        Self
    }
    pub fn find(&self, _p: Position) -> Option<usize> {
        None
    }
}
