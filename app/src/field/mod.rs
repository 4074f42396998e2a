//! The pages that are held in a hand: a department's orders, and the city for who commands it. `queue`, `offers`, `tabs` and
//! `wayfinding` decide and know no browser; the others show.

mod bar;
mod card;
mod details;
mod form;
mod hand;
mod live_orders;
mod map_sheet;
pub mod offers;
pub mod on_demand;
mod outbox;
mod outbox_list;
mod overview;
pub mod queue;
pub mod tabs;
mod together;
mod wayfinding;
pub mod words;
mod work;

pub use bar::{BottomBar, MeSheet, OfflineBar, TopBar};
pub use card::OrderCard;
pub use details::Details;
pub use hand::{Hand, Sheet};
pub use live_orders::follow as follow_orders;
pub use map_sheet::MapSheet;
pub use outbox_list::OutboxList;
pub use overview::{City, Overview, Waiting};
pub use work::Work;
