//! What is followed live: the picture in memory, its connection, and the signals that panels read.
//! Data flows one way: connection → inbox → picture → rows and lists → panels.

pub mod ages;
pub mod backoff;
pub mod budget;
pub mod call;
pub mod calls;
pub mod connection;
pub mod desk;
pub mod diagnosis;
pub mod drill;
pub mod feed;
pub mod follow;
pub mod kept;
pub mod lists;
pub mod notices;
pub mod past;
pub mod picture;
pub mod refusal;
pub mod rows;
pub mod seen;
pub mod sound;
pub mod undo;
pub mod unhurried;
