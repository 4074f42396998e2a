//! The vocabulary of a city operations centre: what it senses, handles, orders and shows.
//! Pure: no clock, randomness, network or storage; the same on the server and in the browser.

pub mod calendar;
pub mod clock;
pub mod crs;
pub mod language;
pub mod place;
mod sentence;
pub mod time;
