//! The vocabulary of a city operations centre: what it senses, handles, orders and shows.
//! Pure: no clock, randomness, network or storage; the same on the server and in the browser.

pub mod account;
pub mod alarm;
pub mod area;
pub mod assignment;
pub mod calendar;
pub mod category;
pub mod change;
pub mod city;
pub mod clock;
pub mod command;
pub mod crs;
pub mod explain;
pub mod filter;
pub mod fused;
pub mod gazetteer;
pub mod ids;
pub mod incident;
pub mod jurisdictions;
pub mod language;
pub mod lifecycle;
pub mod lookup;
pub mod observation;
pub mod partition;
pub mod picture;
pub mod place;
pub mod policy;
mod sentence;
pub mod stage;
pub mod text;
pub mod theme;
pub mod time;
pub mod turn;
pub mod unit;
pub mod view;
pub mod wire;
