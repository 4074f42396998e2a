//! What the door for feeds takes and refuses, told by the city's own pack.

mod bad_input;
mod doorway;
mod features;
mod good_input;
mod properties;
mod replaying;
mod town;
