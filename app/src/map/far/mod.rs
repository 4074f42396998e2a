//! What is seen far out: heat in the place of a crowd of units, signs in the place of incidents that stand together, and labels
//! of the basemap that keep clear of both. All of it is found anew only when incidents, counts or the step of the zoom are other.

mod clusters;
mod flat_layer;
mod heat;
mod names;
mod signs;
pub mod words;

pub use heat::STEPS;
pub use signs::FarOut;
